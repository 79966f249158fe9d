// Memory: where what was delivered lies, for whoever reads all of it as one. Private to store/.
#pragma once

#include "store/answer_book.h"
#include "store/tables.h"
#include "store/tail.h"

namespace etymon::store {

struct Memory {
  const Tail& tail;
  const Tables& tables;
  AnswerBook& book;
};

}  // namespace etymon::store

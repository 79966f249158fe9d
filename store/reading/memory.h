// Memory: where what was delivered lies, for whoever reads all of it as one. Private to store/.
#pragma once

#include "store/journal/answer_book.h"
#include "store/journal/tail.h"
#include "store/tables/tables.h"

namespace etymon::store {

struct Memory {
  const Tail& tail;
  const Tables& tables;
  AnswerBook& book;
};

}  // namespace etymon::store

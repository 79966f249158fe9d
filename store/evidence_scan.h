// Reader: one lookup over tables and tail as if they were one.
//
// Any thread, many at once; waits for a fold at most while its files are taken in. What makes it
// consistent: it takes hold of the tail's parts first and then of iterators that see every fold up
// to then, in which it finds both the rows and the journal position up to which they reach. Parts
// up to that position are in the tables and are left out; whatever was folded after that is still
// in the parts.
#pragma once

#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/history.h"
#include "store/answer_book.h"
#include "store/store.h"
#include "store/tables.h"
#include "store/tail.h"

namespace etymon::store {

struct Memory {
  const Tail& tail;
  const Tables& tables;
  AnswerBook& book;
};

// Errors: as Store::evidence().
Result<std::vector<Evidence>> read_evidence(const EvidenceQuery& query, const Memory& memory);

}  // namespace etymon::store

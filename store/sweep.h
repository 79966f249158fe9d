// Sweep: removes the answers that nothing refers to any more.
//
// An answer stays while a row of `by_name` leads to it (every delivery has one, and it goes by
// whole days, no sooner than the rows of the other tables), while a delivery in the tail names it,
// and while a loop may still deliver it out of its cache (AnswerBook::begin_sweep). Nothing more is
// asked of a loop: the book gives an answer that was removed a new number. Folder's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "resolver/base/result.h"
#include "store/answer_book.h"
#include "store/tables.h"
#include "store/tail.h"

namespace etymon::store {

struct StoredAnswer {
  AnswerId id = 0;
  uint64_t hash = 0;
};

// Out of `answers` and `answer_ids`, all of them or none. REQUIRES: sorted by id, not empty.
Status remove_answers(Tables& tables, std::vector<StoredAnswer> answers);

// Those to which no row of `by_name` leads.
Result<std::vector<AnswerId>> answers_without_rows(const Tables& tables);

// Returns how many were removed. After an error some may be, and all is as it should be.
Result<uint64_t> sweep_answers(Tables& tables, AnswerBook& book, const Tail& tail);

}  // namespace etymon::store

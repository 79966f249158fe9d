// Sweep: removes the answers that nothing refers to any more.
//
// An answer stays while a row of `by_name` leads to it (every delivery has one, and it goes by
// whole days, no sooner than the rows of the other tables), while a delivery in the tail names it,
// and while a loop may still deliver it out of its cache (AnswerBook::begin_sweep). Nothing more is
// asked of a loop: the book gives an answer that was removed a new number. Folder's thread.
#pragma once

#include <cstdint>

#include "resolver/base/result.h"
#include "store/answer_book.h"
#include "store/tables.h"
#include "store/tail.h"

namespace etymon::store {

// What becomes of an answer that nothing refers to, but that a loop may still deliver; and of the
// one with the highest number.
enum class Sweep {
  kSpare,   // it stays
  kForget,  // it goes, and lives on in memory as long as somebody may use it
};

// Returns how many were removed. After an error some may be, and all is as it should be.
Result<uint64_t> sweep_answers(Tables& tables, AnswerBook& book, const Tail& tail,
                               Sweep how = Sweep::kSpare);

}  // namespace etymon::store

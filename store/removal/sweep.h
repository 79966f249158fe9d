// Sweep: removes the answers that nothing refers to any more.
//
// An answer stays while a row of `by_name` leads to it (every delivery has one, and it goes by
// whole days, no sooner than the rows of the other tables), while a delivery in the tail names it,
// and while a loop may still deliver it out of its cache (AnswerBook::begin_sweep), unless room is
// wanted: then loops are told first to deliver it no more (AnswerBook::withdraw). The book gives an
// answer that was removed a new number. Fold thread.
#pragma once

#include <cstdint>

#include "resolver/base/result.h"
#include "store/journal/answer_book.h"
#include "store/journal/tail.h"
#include "store/tables/tables.h"

namespace etymon::store {

// What becomes of an answer that nothing refers to, but that a loop may still deliver. The one with
// the highest number stays, unless it is forgotten.
enum class Sweep {
  kSpare,    // it stays
  kSqueeze,  // it goes if it was withdrawn before, and is withdrawn if not
  kForget,   // it goes, and lives on in memory as long as somebody may use it
};

struct Swept {
  uint64_t removed = 0;
  uint64_t withdrawn = 0;  // a sweep that squeezes may remove them when no turn is left from before
};

// After an error some may be removed, and all is as it should be.
Result<Swept> sweep_answers(Tables& tables, AnswerBook& book, const Tail& tail, Sweep how);

}  // namespace etymon::store

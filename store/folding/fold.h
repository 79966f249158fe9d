// Fold: sorts one frozen part of the tail into files and puts them into the tables, all at once.
//
// The files carry the part's place in the journal with them, so a crash before, during or after
// leaves either all of it in the tables or none. Runs on the fold thread, reads the disk.
#pragma once

#include "resolver/base/result.h"
#include "store/journal/answer_book.h"
#include "store/journal/tail.h"
#include "store/tables/tables.h"

namespace etymon::store {

// REQUIRES: `part` is frozen, and every part before it has been folded. On an error nothing has
// changed but, perhaps, numbers in the book; try again later.
Status fold(const TailPart& part, Tables& tables, AnswerBook& book);

}  // namespace etymon::store

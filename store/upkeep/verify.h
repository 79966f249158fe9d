// Verify: whether the tables can be read, and tell the same past.
//
// Reads every row of every table once. Each row is taken apart into facts; what two tables must
// both tell is compared by digests (digest.h), so memory does not grow with the store. What lies
// before `kept` is left out of every table, because its rows may be gone from some and not yet from
// others. Any thread; folds go on meanwhile.
//
//   answers      every row decodes          answer_ids   the hash of every answer, and no other
//   deliveries   every answer is there      by_address   home rows: the same sightings;
//   by_name      the same clients' hours                 other addresses: the heads of the home
//   rows by_client    the same numbers
#pragma once

#include <stop_token>

#include "resolver/base/result.h"
#include "store/kept.h"
#include "store/upkeep/tables_view.h"
#include "store/upkeep/verify_report.h"

namespace etymon::store {

// Adds to `report`. `view` must have been opened before `kept` was read. Error kUnavailable:
// stopped.
Status verify_view(TablesView& view, const Kept& kept, const std::stop_token& stop,
                   VerifyReport& report);

// The checksums of every block of every file.
void verify_checksums(const Tables& tables, VerifyReport& report);

}  // namespace etymon::store

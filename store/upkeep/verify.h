// Verify: whether the tables can be read, and tell the same past.
//
// First every block of every file, for its checksum. Then it reads every row of every table once.
// Each row is taken apart into facts; what two tables must both tell is compared by digests
// (digest.h), so memory does not grow with the store. What lies before `kept` is left out of every
// table, because its rows may be gone from some and not yet from others. Any thread; folds go on
// meanwhile.
//
//   answers      every row decodes          answer_ids   the hash of every answer, and no other
//   deliveries   every answer is there      by_address   home rows: the same hours;
//   by_name      the same clients' hours                 other addresses: the heads of the home
//   rows by_client    the same numbers
#pragma once

#include "resolver/base/result.h"
#include "store/files/meter.h"
#include "store/model/verify_report.h"
#include "store/tables/kept.h"
#include "store/tables/tables_view.h"

namespace etymon::store {

// Octets to be dealt with by the two below, for their Meter.
uint64_t work_of_verifying(const OpenTables& tables);

// Adds to `report`. `view` must have been opened before `kept` was read. Error kUnavailable:
// stopped.
Status verify_view(TablesView& view, const Kept& kept, Meter& meter, VerifyReport& report);

// The checksums of every block of every file. Files that a compaction lets go of meanwhile are no
// finding. Error kUnavailable: stopped.
Status verify_checksums(const OpenTables& tables, Meter& meter, VerifyReport& report);

}  // namespace etymon::store

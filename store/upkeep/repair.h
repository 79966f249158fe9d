// Repair: makes a store of what can be read of a damaged one.
//
// What can be read is kept, what was lost becomes a gap in the coverage with the edge kDamage, and
// where it cannot be known what was lost the gap is larger than the loss. (Of what is gone from all
// tables at once, together with the list of their files, nothing tells.) No name is ever guessed: a
// delivery whose answer cannot be read is lost. All indexes are made anew, and the new store is
// verified before it takes the place of the old one, the files of which stay below the folder, in
// `damaged-TIME`, until somebody removes them. Everything is folded; the journal begins anew. What
// was known of devices (the file `hosts`) stays as it is, or is put aside, too.
//
// A crash on the way leaves the old store, or one that will not start until the repair is run
// again, which then goes on. Needs about three times the space of the tables. Blocking, one thread;
// child processes read first what may be fatal to read (table_walk.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/history.h"

namespace etymon::store {

struct RepairReport {
  uint64_t deliveries = 0;     // kept
  uint64_t answers = 0;        // kept
  std::vector<TimeSpan> gaps;  // of which something may be missing; may reach beyond all times
  bool hosts_lost = false;     // what was known of devices could not be read
  std::string put_aside;       // the folder of the damaged files
  bool went_on = false;        // one that was cut short was ended, whose gaps are not known here
};

// `now` names the folder of the damaged files. Errors: kNotFound (no store at all),
// kFailedPrecondition (held by another process; a newer format, or format 1), kInternal (the new
// store does not verify: everything is as it was), and as the disk says. REQUIRES: no store is open
// in this process (child.h).
Result<RepairReport> repair(const std::string& folder, WallTime now);

// Removes what a repair has made that was cut short before it moved anything: the store goes on
// without it, and what is forgotten there would stay in it. Nothing where FORMAT is missing.
// REQUIRES: the journal's lock is held, so no repair is at work.
void remove_unmoved_repair(const std::string& folder);

}  // namespace etymon::store

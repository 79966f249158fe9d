// Statistics: how a store is, for whoever watches it. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "resolver/base/clock.h"
#include "store/model/retention_limits.h"

namespace etymon::store {

struct Statistics {
  uint64_t recorded = 0;           // deliveries taken since the start of this process
  uint64_t lost = 0;               // deliveries not taken, same
  uint64_t tail_deliveries = 0;    // in memory, not yet folded
  uint64_t folds = 0;              // completed since the start of this process
  uint64_t disk_bytes = 0;         // all files of the store
  uint64_t answers = 0;            // distinct answers known
  std::optional<WallTime> oldest;  // first covered moment
  RetentionLimits retention;       // in force
  uint64_t table_bytes = 0;        // what retention.keep_bytes is about
  // Nobody's deliveries from before this moment are kept. Nothing: nothing was let go.
  std::optional<WallTime> kept_since;
  // From this moment on everybody's are; later than kept_since when a client took so much room that
  // its own history is shorter.
  std::optional<WallTime> complete_since;
  uint64_t too_old = 0;    // observations that were not taken: from before what is kept
  bool recording = true;   // false while deliveries are being lost
  std::string last_error;  // of the store's own writing, else the damage; empty: all is well
  std::string damage;      // found while it is open, and what to do; empty: none was
};

}  // namespace etymon::store

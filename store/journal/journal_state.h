// What the loops, the journal's writer and the readers of coverage share. A plain value; the
// journal guards it with its one lock.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/delivery.h"
#include "resolver/model/history.h"
#include "store/journal/coverage_log.h"
#include "store/journal/journal_database.h"
#include "store/journal/turn_queue.h"

namespace etymon::store {

struct JournalFigures {
  uint64_t recorded = 0;
  uint64_t lost = 0;
  bool recording = true;
  std::string last_error;
  std::optional<WallTime> oldest;  // first covered moment
};

// The wall clock and the monotonic one, of one moment.
struct ClockReading {
  WallTime wall;
  MonotonicTime monotonic;
};
ClockReading read_both(const Clock& clock);

struct JournalState {
  TurnQueue turns;
  CoverageLog coverage;
  ClockWatch watch;
  WallTime last_at;           // of the newest delivery
  WallTime present;           // of the last turn
  bool healthy = true;        // false: the last write failed, nothing goes on before it is mended
  bool writing = false;       // somebody holds the pen: what only the one who writes may touch
  bool writer_waits = false;  // for the pen
  bool stalled = false;
  std::optional<WallTime> lost_since;  // of what was lost since the last go_on(), the earliest
  bool stopping = false;
  std::optional<std::vector<Delivery>> import;  // nothing: the writer has it, or there is none
  uint64_t imports_asked = 0;                   // the number of the last one
  uint64_t imports_done = 0;                    // the number of the last one that is done
  Status import_outcome;                        // of the last one that is done
  uint64_t freezes_asked = 0;
  uint64_t freezes_done = 0;
  uint64_t entries_asked = 0;  // to be complete, and in the database
  uint64_t entries_done = 0;
  Sequence folded = 0;
  uint64_t cuts_asked = 0;  // changes of the coverage that somebody waits for
  uint64_t cuts_written = 0;
  JournalFigures figures;

  // The present. Ends the live interval, and begins another, when the wall clock has stepped.
  WallTime observe(const Clock& clock);
  // The same, of a reading that was taken without the lock. False, and nothing noted: a later one
  // was observed meanwhile.
  bool observe(const ClockReading& reading);

  // Gives the deliveries the times that they are kept with. `now`: read after they were stamped.
  void put_in_order(std::vector<Delivery>& taken, WallTime now);

  // The heartbeat: up to here nothing can still arrive, whatever crashes next. A loop stamps its
  // deliveries before it hands them over, so the last `wait` is left out; what comes later than
  // that all the same is moved behind this moment by put_in_order().
  WallTime settle(WallTime now, Microseconds wait);

  // A turn that is not even queued is lost.
  void refuse(std::span<const Delivery> turn, WallTime now);

  // Gives up all turns and ends the coverage before them.
  void stall(WallTime now);

  // The stall is over, and another interval of coverage begins. The span before it that has what
  // was lost: also the turns that were given up and are in the tail all the same. Nothing: the
  // clock was set back meanwhile, and nothing was lost. REQUIRES: it was stalled.
  std::optional<TimeSpan> go_on(WallTime now);

  // The wall clock was at `before`, and is at `now`: the live interval ends, another one begins.
  void step(WallTime before, WallTime now);

  void note_lost(WallTime first);
};

}  // namespace etymon::store

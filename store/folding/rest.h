// Rest: has the tables come to rest in quiet moments.
//
// What was folded lately lies above the deepest level of a table, where a lookup searches it
// besides the rest: of 50 M deliveries up to a tenth, which makes the slowest lookups a third
// slower. RocksDB moves it down when there is enough of it. Here it is asked to do so earlier, when
// nothing was folded for a minute: a store that folds more often is written to its limits, and has
// no processor time to give away.
//
// To bring a table to rest may write all of it anew, so it is done when a 32nd has gathered: each
// octet that is folded then costs at most 32 in the end, however quiet it is. What was begun goes
// down by a level at a time, so it is asked for again until all is done, and less and less often:
// it may be that the disk has no room for it, or a damaged block is in the way. Fold thread.
#pragma once

#include <functional>

#include "resolver/base/clock.h"
#include "store/tables/open_tables.h"

namespace etymon::store {

class Rest {
 public:
  static constexpr Seconds kQuietFor{60};
  static constexpr double kShare = 1.0 / 32;
  // Between two times that it is asked for: twice as long each time.
  static constexpr Seconds kAgainFirst{1};
  static constexpr Seconds kAgainMax{3600};

  struct Parts {
    const Clock& clock;  // must outlive it
    // Of the octets of a table, how many have not come to rest: 0 .. 1.
    std::function<double(Table)> restless_share;
    // Begins to bring a table to rest, and does not wait for that.
    std::function<void(Table)> bring_to_rest;
  };
  explicit Rest(Parts parts);

  void note_fold();
  // Called about once a second when there is nothing else to do.
  void step();

 private:
  const Parts parts_;
  MonotonicTime look_at_;
  Seconds again_after_ = kAgainFirst;
  bool is_at_rest_ = false;  // since the last fold
};

}  // namespace etymon::store

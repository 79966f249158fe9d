// AgeClock: the present by which history is too old. A plain value; one thread.
//
// A wall clock that is ahead for once, of a machine that starts without a network say, must not end
// the history: what is let go does not come back when the clock is set right. So until the clock
// has run for a day without a step, since the start or the last step, it is now no later than it
// was then plus the time that has passed since. At the start that is the last moment on record
// that can be believed: a clock that was ahead before may have recorded, too.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>

#include "resolver/base/clock.h"
#include "resolver/model/history.h"

namespace etymon::store {

class AgeClock {
 public:
  static constexpr Microseconds kBelievedAfter = std::chrono::days(1);

  // At the start, with both clocks as they are. `recorded_until`: as believed_end() has it of what
  // was recorded before.
  AgeClock(std::optional<WallTime> recorded_until, WallTime wall, MonotonicTime monotonic)
      : known_(std::min(wall, recorded_until.value_or(wall))),
        since_(monotonic),
        seen_{wall, monotonic} {}

  // Asked again and again, with both clocks as they are.
  WallTime now(WallTime wall, MonotonicTime monotonic) {
    if (is_step(wall, monotonic)) {
      known_ = std::min(wall, lived(monotonic));
      since_ = monotonic;
    } else if (monotonic - since_ >= kBelievedAfter) {
      known_ = wall - (monotonic - since_);
    }
    seen_ = {wall, monotonic};
    return std::min(wall, lived(monotonic));
  }

 private:
  struct Seen {
    WallTime wall;
    MonotonicTime monotonic;
  };

  bool is_step(WallTime wall, MonotonicTime monotonic) const {
    constexpr Microseconds kStep = std::chrono::minutes(1);
    const Microseconds difference = (wall - seen_.wall) - (monotonic - seen_.monotonic);
    return difference > kStep || difference < -kStep;
  }

  WallTime lived(MonotonicTime monotonic) const { return known_ + (monotonic - since_); }

  WallTime known_;  // at `since_`
  MonotonicTime since_;
  Seen seen_;  // when it was asked last
};

// The end of what was recorded, as far as it can be believed; nothing: there is none, and nothing
// to lose. Behind a gap of more than a week either the machine was off or its clock was ahead: what
// lies there counts once it adds up to a day, after which a running clock is believed, too.
// `intervals`: by start, of our own recording, and over.
std::optional<WallTime> believed_end(std::span<const TimeSpan> intervals);

}  // namespace etymon::store

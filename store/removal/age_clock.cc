#include "store/removal/age_clock.h"

namespace etymon::store {
namespace {

// A clock that is ahead by less costs so much of what is kept, at most.
constexpr Microseconds kGapMax = std::chrono::days(7);

}  // namespace

std::optional<WallTime> believed_end(std::span<const TimeSpan> intervals) {
  Microseconds left{0};  // of recording
  for (const TimeSpan& interval : intervals) {
    left += interval.end - interval.start;
  }
  std::optional<WallTime> end;
  for (const TimeSpan& interval : intervals) {
    if (end && interval.start - *end > kGapMax && left < AgeClock::kBelievedAfter) {
      break;
    }
    end = std::max(end.value_or(interval.end), interval.end);
    left -= interval.end - interval.start;
  }
  return end;
}

}  // namespace etymon::store

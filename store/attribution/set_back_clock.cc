#include "store/attribution/set_back_clock.h"

#include <algorithm>

namespace etymon::attribution {
namespace {

bool is_own(const CoverageInterval& interval) {
  return interval.began != CoverageEdge::kImport;
}

// Behind these the clock may show another time than the one before them had led to expect.
bool begins_anew(const CoverageInterval& interval) {
  return interval.began == CoverageEdge::kClockStep || interval.began == CoverageEdge::kStart;
}

}  // namespace

std::optional<Ahead> told_ahead(const Coverage& coverage, WallTime now, WallTime end) {
  WallTime last = now;
  std::optional<WallTime> since;
  for (const CoverageInterval& interval : coverage.intervals()) {
    if (interval.ended != CoverageEdge::kNow && is_own(interval)) {
      last = std::max(last, interval.span.end);
    }
    if (begins_anew(interval) && interval.span.start <= now) {
      since = interval.span.start;  // They are in the order of their starts.
    }
  }
  if (last == now || !since || end < *since) {
    return std::nullopt;
  }
  return Ahead{{now + Microseconds(1), last}, *since - last};
}

void set_back(Evidence& row, const Ahead& ahead) {
  row.first.at += ahead.by;
  row.newest.at += ahead.by;
  row.valid_until += ahead.by;
  row.next.reset();
}

bool is_shown_twice(const Coverage& coverage, WallTime moment) {
  return std::ranges::count_if(coverage.intervals(), [moment](const CoverageInterval& interval) {
           return is_own(interval) && interval.span.contains(moment);
         }) > 1;
}

}  // namespace etymon::attribution

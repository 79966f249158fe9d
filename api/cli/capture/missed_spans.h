// MissedSpans: when responses were missed, or may have been; and what of a capture is known then.
//
// Belongs to one thread. Bounded: of more than kSpansMax, those become one that lie nearest to each
// other, so that less counts as known, never more.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/history.h"

namespace etymon::capture {

class MissedSpans {
 public:
  static constexpr size_t kSpansMax = 1000;

  // REQUIRES: missed.start <= missed.end.
  void add(const TimeSpan& missed);

  // The pieces of `span` in which nothing was missed, in order: each ends just before what was
  // missed, and the next begins just behind it. One more than kSpansMax at most.
  std::vector<TimeSpan> known_of(const TimeSpan& span) const;

 private:
  static void join_nearest(std::map<WallTime, WallTime>& spans, size_t left);

  std::map<WallTime, WallTime> spans_;  // by their start their end; none touches another
};

}  // namespace etymon::capture

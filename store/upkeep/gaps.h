// Gaps: the times of which something may be missing, and what is left of a coverage without them.
// One thread. Spans are closed.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "resolver/model/history.h"
#include "store/tables/keys.h"

namespace etymon::store {

class Gaps {
 public:
  static constexpr WallTime kAlways = WallTime::min();
  static constexpr WallTime kForever = WallTime::max();

  void add(const TimeSpan& span);
  void add_hours(Hour first, Hour last);

  // Joined, oldest first.
  std::vector<TimeSpan> list() const;

  // The intervals without the gaps: where a gap ends them, or begins them, the edge is kDamage.
  std::vector<CoverageInterval> cut(std::span<const CoverageInterval> intervals) const;

 private:
  std::map<WallTime, WallTime> spans_;  // start -> end; joined, none touches another
};

}  // namespace etymon::store

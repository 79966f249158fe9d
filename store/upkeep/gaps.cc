#include "store/upkeep/gaps.h"

#include <algorithm>
#include <iterator>

namespace etymon::store {
namespace {

constexpr Microseconds kTick{1};

WallTime tick_before(WallTime time) {
  return time == WallTime::min() ? time : time - kTick;
}

WallTime tick_after(WallTime time) {
  return time == WallTime::max() ? time : time + kTick;
}

}  // namespace

void Gaps::add(const TimeSpan& span) {
  WallTime start = std::min(span.start, span.end);
  WallTime end = std::max(span.start, span.end);
  auto it = spans_.upper_bound(start);
  if (it != spans_.begin() && std::prev(it)->second >= tick_before(start)) {
    --it;
  }
  while (it != spans_.end() && it->first <= tick_after(end)) {
    start = std::min(start, it->first);
    end = std::max(end, it->second);
    it = spans_.erase(it);
  }
  spans_[start] = end;
}

void Gaps::add_hours(Hour first, Hour last) {
  add({start_of_hour(first), start_of_hour(last) + std::chrono::hours(1) - kTick});
}

std::vector<TimeSpan> Gaps::list() const {
  std::vector<TimeSpan> list;
  for (const auto& [start, end] : spans_) {
    list.push_back({start, end});
  }
  return list;
}

std::vector<CoverageInterval> Gaps::cut(std::span<const CoverageInterval> intervals) const {
  std::vector<CoverageInterval> left;
  for (const CoverageInterval& interval : intervals) {
    CoverageInterval rest = interval;
    bool is_over = false;
    for (const auto& [start, end] : spans_) {
      if (end < rest.span.start || start > rest.span.end) {
        continue;
      }
      if (start > rest.span.start) {
        left.push_back(interval.part(
            {{rest.span.start, tick_before(start)}, rest.began, CoverageEdge::kDamage}));
      }
      is_over = end >= rest.span.end;
      if (is_over) {
        break;
      }
      rest.span.start = tick_after(end);
      rest.began = CoverageEdge::kDamage;
    }
    if (!is_over) {
      left.push_back(rest);
    }
  }
  return left;
}

}  // namespace etymon::store

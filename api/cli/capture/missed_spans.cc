#include "api/cli/capture/missed_spans.h"

#include <algorithm>
#include <iterator>

namespace etymon::capture {
namespace {

// Moments are known to the microsecond.
constexpr Microseconds kMoment{1};

// So many are collected before the nearest are joined: to look for them costs as much as there are.
constexpr size_t kCollectedMax = 2 * MissedSpans::kSpansMax;

}  // namespace

void MissedSpans::add(const TimeSpan& missed) {
  TimeSpan all = missed;
  auto next = spans_.upper_bound(all.start);
  if (next != spans_.begin() && std::prev(next)->second + kMoment >= all.start) {
    --next;
  }
  while (next != spans_.end() && next->first <= all.end + kMoment) {
    all = {std::min(all.start, next->first), std::max(all.end, next->second)};
    next = spans_.erase(next);
  }
  spans_.emplace(all.start, all.end);
  if (spans_.size() > kCollectedMax) {
    join_nearest(spans_, kSpansMax);
  }
}

std::vector<TimeSpan> MissedSpans::known_of(const TimeSpan& span) const {
  std::map<WallTime, WallTime> spans = spans_;
  join_nearest(spans, kSpansMax);
  std::vector<TimeSpan> pieces;
  WallTime from = span.start;
  for (const auto& [start, end] : spans) {
    if (start > span.end) {
      break;
    }
    if (start > from) {
      pieces.push_back({from, start - kMoment});
    }
    from = std::max(from, end + kMoment);
  }
  if (from <= span.end) {
    pieces.push_back({from, span.end});
  }
  return pieces;
}

// Joins until no more than `left` are left.
void MissedSpans::join_nearest(std::map<WallTime, WallTime>& spans, size_t left) {
  if (spans.size() <= left) {
    return;
  }
  std::vector<std::pair<Microseconds, WallTime>> distances;  // and the start of the later one
  for (auto later = std::next(spans.begin()); later != spans.end(); ++later) {
    distances.emplace_back(later->first - std::prev(later)->second, later->first);
  }
  const auto joined = distances.begin() + static_cast<ptrdiff_t>(spans.size() - left);
  std::nth_element(distances.begin(), joined - 1, distances.end());
  for (auto distance = distances.begin(); distance != joined; ++distance) {
    const auto later = spans.find(distance->second);
    std::prev(later)->second = later->second;
    spans.erase(later);
  }
}

}  // namespace etymon::capture

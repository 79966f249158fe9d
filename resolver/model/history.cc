#include "resolver/model/history.h"

#include <algorithm>
#include <utility>

namespace etymon {
namespace {

// REQUIRES: ordered by start.
std::vector<TimeSpan> join(const std::vector<CoverageInterval>& intervals) {
  std::vector<TimeSpan> runs;
  for (const auto& [span, began, ended] : intervals) {
    if (!runs.empty() && span.start <= runs.back().end) {
      runs.back().end = std::max(runs.back().end, span.end);
    } else {
      runs.push_back(span);
    }
  }
  return runs;
}

}  // namespace

CoverageInterval CoverageInterval::part(CoverageInterval left) const {
  if (is_imported() && !left.is_imported()) {
    left.ended = CoverageEdge::kImport;
  }
  return left;
}

Coverage::Coverage(std::vector<CoverageInterval> intervals) : intervals_(std::move(intervals)) {
  const auto start = [](const CoverageInterval& interval) { return interval.span.start; };
  if (!std::ranges::is_sorted(intervals_, {}, start)) {  // They mostly are; a sort takes memory.
    std::ranges::stable_sort(intervals_, {}, start);
  }
  runs_ = join(intervals_);
}

std::optional<WallTime> Coverage::covered_since(WallTime moment) const {
  const auto after = std::ranges::upper_bound(runs_, moment, {}, &TimeSpan::start);
  if (after == runs_.begin() || !std::prev(after)->contains(moment)) {
    return std::nullopt;
  }
  return std::prev(after)->start;
}

bool Coverage::covers(const TimeSpan& span) const {
  const auto since = covered_since(span.end);
  return since && *since <= span.start;
}

}  // namespace etymon

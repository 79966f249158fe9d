#include "store/attribution/set_back_clock.h"

#include <algorithm>
#include <span>

namespace etymon::attribution {
namespace {

bool is_own(const CoverageInterval& interval) {
  return !interval.is_imported();
}

// Behind these the clock may show another time than the one before them had led to expect.
bool begins_anew(const CoverageInterval& interval) {
  return interval.began == CoverageEdge::kClockStep || interval.began == CoverageEdge::kStart;
}

bool has_ended(const CoverageInterval& interval) {
  return interval.ended != CoverageEdge::kNow;
}

bool is_ahead(const CoverageInterval& interval, WallTime now) {
  return is_own(interval) && has_ended(interval) && interval.span.end > now;
}

// Whether the edges of the two are those of one step of the clock, or of one restart.
bool may_follow(const CoverageInterval& next, const CoverageInterval& interval) {
  switch (interval.ended) {
    case CoverageEdge::kClockStep:
      return next.began == CoverageEdge::kClockStep;
    case CoverageEdge::kStop:
    case CoverageEdge::kCrash:
      return next.began == CoverageEdge::kStart;
    default:  // What came behind it was lost or forgotten.
      return begins_anew(next);
  }
}

// When the clock was set back, by its own word. The first interval that can follow and begins
// within what is ahead: later ones are of what has happened since. Else the latest that can, as the
// clock was set back to before all that is ahead.
std::optional<WallTime> set_back_at(const Coverage& coverage, const CoverageInterval& ahead,
                                    WallTime now) {
  std::optional<WallTime> since;
  for (const CoverageInterval& next : coverage.intervals()) {  // in the order of their starts
    const WallTime start = next.span.start;
    const bool is_inside = start > ahead.span.start;
    if (start > now || !may_follow(next, ahead) || (!is_inside && is_ahead(next, now))) {
      continue;
    }
    since = start;
    if (is_inside) {
      break;
    }
  }
  return since;
}

// What the clock was when it stepped, and what it was from then on.
bool are_one_step(const CoverageInterval& first, const CoverageInterval& next) {
  return first.ended == CoverageEdge::kClockStep && next.began == CoverageEdge::kClockStep;
}

// Of two that overlap, the clock having been set back in between: whether this may be the earlier
// one. Only a step that was seen tells which is.
bool may_come_before(const CoverageInterval& interval, const CoverageInterval& other) {
  return has_ended(interval) && (are_one_step(interval, other) || !are_one_step(other, interval));
}

bool overlap(const CoverageInterval& one, const CoverageInterval& other) {
  return one.span.start < other.span.end && other.span.start < one.span.end;
}

// Whether the clock may have come from this interval to one of these, as both recorded the same
// times.
bool may_have_led_to(std::span<const CoverageInterval> others, const CoverageInterval& ahead) {
  return std::ranges::any_of(others, [&](const CoverageInterval& other) {
    return &other != &ahead && is_own(other) && overlap(ahead, other) &&
           may_come_before(ahead, other);
  });
}

// The end of what these recorded: later intervals overlap with none of them.
WallTime end_of(std::span<const CoverageInterval> intervals) {
  WallTime end = WallTime::min();
  for (const CoverageInterval& interval : intervals) {
    end = is_own(interval) ? std::max(end, interval.span.end) : end;
  }
  return end;
}

// Those that had begun by the moment.
std::span<const CoverageInterval> begun_by(const Coverage& coverage, WallTime moment) {
  const std::span<const CoverageInterval> all = coverage.intervals();
  const auto end =
      std::ranges::upper_bound(all, moment, {}, [](const auto& one) { return one.span.start; });
  return {all.begin(), end};
}

// One side of a step of the clock.
struct StepEdge {
  WallTime at;
  const CoverageInterval* left = nullptr;  // the interval that it ended; null: it began one
};

// All of them, in the order of their times, but for the steps that led back into the interval that
// they ended: what overlaps tells of those.
std::vector<StepEdge> edges_of_steps(const Coverage& coverage) {
  std::vector<StepEdge> edges;
  const CoverageInterval* around = nullptr;  // ended by a step that nothing has answered yet
  for (const CoverageInterval& interval : coverage.intervals()) {
    if (!is_own(interval)) {
      continue;
    }
    if (interval.began == CoverageEdge::kClockStep) {
      if (around != nullptr && interval.span.start < around->span.end) {
        std::erase_if(edges, [&](const StepEdge& edge) { return edge.left == around; });
        around = nullptr;
      } else {
        edges.push_back({interval.span.start});
      }
    }
    if (interval.ended == CoverageEdge::kClockStep) {
      edges.push_back({interval.span.end, &interval});
      around = &interval;
    }
  }
  std::ranges::stable_sort(edges, {}, &StepEdge::at);
  return edges;
}

// The intervals that a step ended which led back to the moment or to before it, though nothing was
// recorded when the clock passed their times again. Steps forward alone take turns, an end and then
// a beginning: where, from the last beginning up to the moment on, two of one kind follow each
// other, or no beginning follows an end, one of them led back.
std::vector<const CoverageInterval*> left_by_step_back(const Coverage& coverage, WallTime moment) {
  const std::vector<StepEdge> edges = edges_of_steps(coverage);
  std::vector<const CoverageInterval*> left;
  bool is_within = false;   // behind a beginning up to the moment
  bool leads_back = false;  // since that
  for (size_t i = 0; i < edges.size(); ++i) {
    const StepEdge& edge = edges[i];
    const bool has_next = i + 1 < edges.size();
    if (edge.left == nullptr && edge.at <= moment) {
      is_within = true;
      leads_back = false;
    }
    const bool is_answered = has_next && (edge.left == nullptr) != (edges[i + 1].left == nullptr);
    const bool is_last_begun = !has_next && edge.left == nullptr;
    leads_back |= !is_answered && !is_last_begun;
    if (is_within && leads_back && edge.left != nullptr && edge.left->span.start > moment) {
      left.push_back(edge.left);
    }
  }
  return left;
}

// The moment, or the last before it that was covered: a delivery may bear the time of a gap.
WallTime covered_up_to(const Coverage& coverage, WallTime moment) {
  WallTime covered = WallTime::min();
  for (const CoverageInterval& interval : coverage.intervals()) {
    if (is_own(interval) && interval.span.start <= moment) {
      covered = std::max(covered, std::min(interval.span.end, moment));
    }
  }
  return covered;
}

}  // namespace

std::optional<Ahead> told_ahead(const Coverage& coverage, WallTime now, WallTime end) {
  const CoverageInterval* last = nullptr;
  for (const CoverageInterval& interval : coverage.intervals()) {
    if (is_ahead(interval, now) && (last == nullptr || last->span.end < interval.span.end)) {
      last = &interval;
    }
  }
  const auto since = last != nullptr ? set_back_at(coverage, *last, now) : std::nullopt;
  if (!since || end < *since) {
    return std::nullopt;
  }
  return Ahead{{now + Microseconds(1), last->span.end}, *since - last->span.end};
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

bool may_have_been_ahead_before(const Coverage& coverage, WallTime moment) {
  const auto& all = coverage.intervals();
  const auto may_have = [moment](const CoverageInterval& interval, const CoverageInterval& other) {
    return interval.span.start > moment && may_come_before(interval, other);
  };
  for (auto one = all.begin(); one != all.end(); ++one) {
    const auto is_within = [&](const CoverageInterval& next) {
      return next.span.start < one->span.end;
    };
    const auto tells = [&](const CoverageInterval& next) {
      return is_own(next) && (may_have(*one, next) || may_have(next, *one));
    };
    if (is_own(*one) &&
        std::any_of(one + 1, std::partition_point(one + 1, all.end(), is_within), tells)) {
      return true;
    }
  }
  return false;
}

std::vector<TimeSpan> spans_shown_before(const Coverage& coverage, WallTime moment) {
  const auto is_later = [moment](const CoverageInterval& interval) {
    return is_own(interval) && has_ended(interval) && interval.span.end > moment;
  };
  if (std::ranges::none_of(coverage.intervals(), is_later)) {
    return {};  // Most questions are about the present.
  }
  const auto left = left_by_step_back(coverage, moment);
  const auto begun = begun_by(coverage, moment);
  const WallTime begun_end = end_of(begun);
  std::vector<TimeSpan> spans;
  for (const CoverageInterval& interval : coverage.intervals()) {
    const bool may_come_before =
        is_later(interval) &&
        (std::ranges::find(left, &interval) != left.end() ||
         (interval.span.start < begun_end && may_have_led_to(begun, interval)));
    if (!may_come_before) {
      continue;
    }
    const WallTime start = std::max(interval.span.start, moment + Microseconds(1));
    if (spans.size() < kSpansBeforeMax) {
      spans.push_back({start, interval.span.end});
    } else {
      spans.back().end = std::max(spans.back().end, interval.span.end);
    }
  }
  return spans;
}

// The intervals come in the order of their starts, which says nothing of the order in which they
// were recorded, but that the live one is the last.
std::optional<WallTime> set_back_to(const Coverage& coverage, WallTime moment) {
  moment = covered_up_to(coverage, moment);
  const CoverageInterval* first = nullptr;  // of those that show the moment
  std::optional<WallTime> begun;            // where the clock was set last, up to its start
  for (const CoverageInterval& interval : coverage.intervals()) {
    if (!is_own(interval) || interval.span.start > moment) {
      continue;
    }
    const bool shows = !has_ended(interval) || interval.span.end >= moment;  // or will show it
    if (first == nullptr) {
      begun = begins_anew(interval) ? interval.span.start : begun;
      first = shows ? &interval : nullptr;
    } else if (!has_ended(*first) && shows) {
      return begun.value_or(first->span.start);
    } else if (has_ended(*first) && begins_anew(interval)) {
      return interval.span.start;
    }
  }
  return std::nullopt;
}

}  // namespace etymon::attribution

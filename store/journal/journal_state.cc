#include "store/journal/journal_state.h"

#include <algorithm>
#include <utility>

#include "store/tables/keys.h"

namespace etymon::store {
namespace {

// How far what is lost may lie in the future before its time is from before a step of the clock.
constexpr Seconds kFutureMax{1};

// How far the clocks of two processors may lie apart. Less than a client takes to use an answer.
constexpr Microseconds kApart = Milliseconds(1);

// A thread that is held between the two, by a busy machine or by whoever stopped the process, would
// see one of them ahead of the other: a step that never was.
constexpr Microseconds kHeld = Milliseconds(100);
constexpr int kTries = 5;

// Where that leaves a gap in the coverage. What was stamped before the clock was set back would
// have been kept with the present; else the gap would begin in the future, and all before it be
// covered.
TimeSpan lost_now(const TimeSpan& stamped, WallTime now) {
  return {std::min(stamped.start, now), std::min(stamped.end, now + kFutureMax)};
}

}  // namespace

ClockReading read_both(const Clock& clock) {
  MonotonicTime before = clock.monotonic();
  for (int tries = 1;; ++tries) {
    const WallTime wall = clock.wall();
    const MonotonicTime after = clock.monotonic();
    if (after - before <= kHeld || tries == kTries) {
      return {wall, after};
    }
    before = after;
  }
}

WallTime JournalState::observe(const Clock& clock) {
  const ClockReading reading = read_both(clock);
  observe(reading);
  return reading.wall;
}

bool JournalState::observe(const ClockReading& reading) {
  if (watch.is_later_than(reading.monotonic)) {
    return false;
  }
  if (watch.stepped(reading.wall, reading.monotonic)) {
    step(std::max(watch.before(), last_at), reading.wall);
    last_at = std::min(last_at, reading.wall);
  }
  return true;
}

void JournalState::step(WallTime before, WallTime now) {
  if (coverage.is_live()) {
    coverage.end(before, CoverageEdge::kClockStep);
    coverage.begin(now, CoverageEdge::kClockStep);
  }
  present = now;
}

// Times strictly rise, so that deliveries of one turn keep their order - but never beyond the
// present, where a lookup would not see them: at more than one delivery a microsecond times repeat,
// and while the clock is behind where it was by less than it takes to tell a step from a busy
// machine. They are ahead of the clock then, so the coverage says that it was set back, or lookups
// would find that nothing had been told.
void JournalState::put_in_order(std::vector<Delivery>& taken, WallTime now) {
  if (present > now + kApart) {
    step(std::max(present, last_at), now);
  }
  present = now;
  for (Delivery& delivery : taken) {
    const WallTime given = std::min(delivery.at, now);
    const WallTime next = std::min(last_at + Microseconds(1), std::max(last_at, now));
    last_at = clamp_time(std::max(given, next));
    delivery.at = last_at;
  }
}

WallTime JournalState::settle(WallTime now, Microseconds wait) {
  last_at = std::max(last_at, now - wait);
  return last_at;
}

void JournalState::refuse(std::span<const Delivery> turn, WallTime now) {
  figures.lost += turn.size();
  const TimeSpan lost = lost_now(span_of(turn), now);
  coverage.lose(lost);
  note_lost(lost.start);
}

void JournalState::stall(WallTime now) {
  stalled = true;
  const TurnQueue::Loss loss = turns.give_up();
  figures.lost += loss.deliveries;
  if (loss.span) {
    const TimeSpan lost = lost_now(*loss.span, now);
    coverage.lose(lost);
    note_lost(lost.start);
  }
  note_lost(now);
  coverage.end(now, CoverageEdge::kLoss);
}

std::optional<TimeSpan> JournalState::go_on(WallTime now) {
  stalled = false;
  figures.last_error.clear();
  const WallTime begins = coverage.begin(now, CoverageEdge::kLoss);
  const auto since = std::exchange(lost_since, std::nullopt);
  return since && *since < begins ? std::optional(TimeSpan{*since, begins - Microseconds(1)})
                                  : std::nullopt;
}

void JournalState::note_lost(WallTime first) {
  lost_since = std::min(lost_since.value_or(first), first);
}

}  // namespace etymon::store

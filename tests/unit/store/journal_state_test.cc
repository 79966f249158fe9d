// What loops and the journal's writer share: which times deliveries get, and what a heartbeat says.
#include "store/journal/journal_state.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/support/fakes.h"

namespace etymon::store {
namespace {

constexpr WallTime kNow{Seconds(1'700'000'000)};
constexpr Milliseconds kWait(20);

std::vector<Delivery> stamped(WallTime at) {
  return {Delivery{.at = at, .client = {}, .answer = 1, .validity_s = 60}};
}

TEST(JournalState, claims_nothing_that_a_loop_may_still_hand_over) {
  JournalState state;
  const WallTime settled = state.settle(kNow, kWait);
  std::vector<Delivery> turn = stamped(kNow - kWait + Microseconds(1));
  state.put_in_order(turn, kNow + Milliseconds(1));
  EXPECT_GT(turn[0].at, settled);
  EXPECT_EQ(turn[0].at, kNow - kWait + Microseconds(1)) << "its exact time is kept";
}

TEST(JournalState, moves_what_came_later_than_any_wait_behind_the_heartbeat) {
  JournalState state;
  const WallTime settled = state.settle(kNow, kWait);
  std::vector<Delivery> turn = stamped(kNow - Seconds(1));
  state.put_in_order(turn, kNow + Milliseconds(1));
  EXPECT_GT(turn[0].at, settled);
}

TEST(JournalState, claims_all_that_was_recorded) {
  JournalState state;
  std::vector<Delivery> turn = stamped(kNow - Milliseconds(1));
  state.put_in_order(turn, kNow);
  EXPECT_EQ(state.settle(kNow, kWait), kNow - Milliseconds(1));
}

TEST(JournalState, tells_a_gap_that_has_all_that_was_lost) {
  JournalState state;
  state.coverage.begin(kNow - Seconds(10), CoverageEdge::kStart);
  state.stall(kNow);
  state.refuse(stamped(kNow - Milliseconds(3)), kNow);
  state.refuse(stamped(kNow + Milliseconds(2)), kNow + Milliseconds(2));
  const auto gap = state.go_on(kNow + Seconds(1));
  EXPECT_EQ(gap, (TimeSpan{kNow - Milliseconds(3), kNow + Seconds(1) - Microseconds(1)}));
  EXPECT_TRUE(state.coverage.is_live());
  state.stall(kNow + Seconds(2));
  EXPECT_EQ(state.go_on(kNow + Seconds(3))->start, kNow + Seconds(2)) << "a gap of its own";
}

// By less than the comparison with the monotonic clock can tell from a busy machine.
TEST(JournalState, says_that_times_are_ahead_of_a_clock_that_was_set_back_by_little) {
  JournalState state;
  state.coverage.begin(kNow - Seconds(10), CoverageEdge::kStart);
  std::vector<Delivery> before = stamped(kNow);
  state.put_in_order(before, kNow);
  const WallTime now = kNow - Milliseconds(130);
  std::vector<Delivery> after = stamped(now - Milliseconds(1));
  state.put_in_order(after, now);
  EXPECT_EQ(after[0].at, kNow) << "the order stays";
  std::vector<Delivery> from_before = stamped(kNow + Milliseconds(1));
  state.put_in_order(from_before, now + Milliseconds(1));
  EXPECT_EQ(from_before[0].at, kNow) << "stamped before the step, told after it";
  const CoverageInterval ahead{
      {kNow - Seconds(10), kNow}, CoverageEdge::kStart, CoverageEdge::kClockStep};
  const CoverageInterval again{
      {now, now + Milliseconds(1)}, CoverageEdge::kClockStep, CoverageEdge::kNow};
  EXPECT_EQ(state.coverage.snapshot(now + Milliseconds(1)).coverage().intervals(),
            (std::vector{ahead, again}));
}

TEST(JournalState, takes_clocks_that_lie_a_little_apart_for_no_step) {
  JournalState state;
  state.coverage.begin(kNow - Seconds(10), CoverageEdge::kStart);
  std::vector<Delivery> turn = stamped(kNow);
  state.put_in_order(turn, kNow);
  turn = stamped(kNow - Microseconds(30));
  state.put_in_order(turn, kNow - Microseconds(20));
  EXPECT_EQ(turn[0].at, kNow) << "times do not fall";
  EXPECT_EQ(state.coverage.snapshot(kNow).coverage().intervals().size(), 1U);
}

// A turn that was stamped before the clock was set back by an hour.
TEST(JournalState, covers_no_future_when_a_turn_from_before_a_step_back_is_given_up) {
  JournalState state;
  const WallTime began = kNow - Seconds(3600);
  state.coverage.begin(began, CoverageEdge::kClockStep);
  RecordTicket ticket;
  state.turns.add(stamped(kNow), ticket);
  const WallTime now = began + Seconds(5);
  state.stall(now);
  const TimeSpan ahead{kNow - Seconds(1800), kNow - Seconds(1800)};
  EXPECT_FALSE(state.coverage.snapshot(now).coverage().covers(ahead));
  EXPECT_TRUE(state.coverage.snapshot(now).coverage().covers({began, now - Microseconds(1)}));
  state.coverage.begin(now + Seconds(10), CoverageEdge::kLoss);
  const TimeSpan after{now + Seconds(10), now + Seconds(20)};
  EXPECT_TRUE(state.coverage.snapshot(after.end).coverage().covers(after))
      << "the hour is recorded again";
}

TEST(JournalState, covers_no_future_when_a_turn_from_before_a_step_back_is_refused) {
  JournalState state;
  const WallTime began = kNow - Seconds(3600);
  state.coverage.begin(began, CoverageEdge::kClockStep);
  const WallTime now = began + Seconds(5);
  state.refuse(stamped(kNow), now);
  state.coverage.end(now, CoverageEdge::kStop);
  const TimeSpan ahead{kNow - Seconds(1800), kNow - Seconds(1800)};
  EXPECT_FALSE(state.coverage.snapshot(now).coverage().covers(ahead));
}

// Whoever reads the wall clock is held for a minute right after, the first time.
class HeldClock final : public Clock {
 public:
  WallTime wall() const override {
    const WallTime now = clock_.wall();
    if (std::exchange(holds_, false)) {
      clock_.advance(Seconds(60));
    }
    return now;
  }
  MonotonicTime monotonic() const override { return clock_.monotonic(); }
  void hold_next() { holds_ = true; }

 private:
  mutable testing::ManualClock clock_{kNow};
  mutable bool holds_ = false;
};

TEST(JournalState, takes_a_thread_that_is_held_for_no_step_of_the_clock) {
  JournalState state;
  HeldClock clock;
  state.coverage.begin(state.observe(clock), CoverageEdge::kStart);
  clock.hold_next();
  const WallTime now = state.observe(clock);
  EXPECT_EQ(now, kNow + Seconds(60));
  const CoverageInterval whole{{kNow, now}, CoverageEdge::kStart, CoverageEdge::kNow};
  EXPECT_EQ(state.coverage.snapshot(now).coverage().intervals(), std::vector{whole});
}

// A lookup reads the clocks without the lock, and may be held up before it says what it read.
TEST(JournalState, sees_no_step_in_a_reading_from_before_the_last_one) {
  JournalState state;
  const MonotonicTime start{Seconds(100)};
  state.coverage.begin(kNow, CoverageEdge::kStart);
  EXPECT_TRUE(state.observe({kNow, start}));
  EXPECT_TRUE(state.observe({kNow - Seconds(3600), start + Seconds(1)})) << "was set back";
  EXPECT_FALSE(state.observe({kNow + Milliseconds(1), start + Milliseconds(1)}));
  EXPECT_TRUE(state.observe({kNow - Seconds(3599), start + Seconds(2)}));
  EXPECT_EQ(state.coverage.snapshot(kNow).coverage().intervals().size(), 2U) << "one step";
}

}  // namespace
}  // namespace etymon::store

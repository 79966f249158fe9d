// What loops and the journal's writer share: which times deliveries get, and what a heartbeat says.
#include "store/journal_state.h"

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
  EXPECT_EQ(state.coverage.coverage(now).intervals(), std::vector{whole});
}

}  // namespace
}  // namespace etymon::store

// How late it is, where history is let go by its age.
#include "store/age_clock.h"

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace etymon::store {
namespace {

using std::chrono::days;
using std::chrono::hours;

class AgeClockTest : public ::testing::Test {
 protected:
  WallTime now() { return age_.now(clock_.wall(), clock_.monotonic()); }
  // As they pass for a store that looks once a minute.
  void pass(Microseconds time) {
    for (Microseconds passed{0}; passed < time; passed += std::chrono::minutes(1)) {
      clock_.advance(std::chrono::minutes(1));
      now();
    }
  }

  // Started with the wall clock so far ahead of the last moment on record.
  void start(Microseconds ahead) {
    clock_.set_wall(recorded_ + ahead);
    age_ = AgeClock(recorded_, clock_.wall(), clock_.monotonic());
  }

  testing::ManualClock clock_;
  const WallTime recorded_ = clock_.wall();
  AgeClock age_{recorded_, clock_.wall(), clock_.monotonic()};
};

TEST_F(AgeClockTest, a_start_with_a_clock_a_year_ahead_ages_nothing) {
  start(days(365));
  EXPECT_EQ(now(), recorded_);
  pass(hours(3));
  EXPECT_EQ(now(), recorded_ + hours(3));
  clock_.set_wall(recorded_ + hours(3));
  EXPECT_EQ(now(), clock_.wall());
}

TEST_F(AgeClockTest, neither_does_a_step_by_a_year) {
  pass(days(2));
  const WallTime before = now();
  clock_.set_wall(clock_.wall() + days(365));
  EXPECT_EQ(now(), before);
  pass(hours(1));
  EXPECT_EQ(now(), before + hours(1));
}

TEST_F(AgeClockTest, a_clock_that_has_run_for_a_day_is_believed) {
  start(days(30));  // The machine was off for so long.
  EXPECT_EQ(now(), recorded_);
  pass(days(1));
  EXPECT_EQ(now(), clock_.wall());
}

TEST_F(AgeClockTest, one_that_was_behind_is_followed_at_once_and_forward_a_day_later) {
  start(-days(365));
  EXPECT_EQ(now(), clock_.wall());
  clock_.set_wall(recorded_ + hours(1));
  EXPECT_LT(now(), recorded_);
  pass(days(1));
  EXPECT_EQ(now(), clock_.wall());
}

TEST_F(AgeClockTest, with_nothing_on_record_it_is_what_the_clock_says) {
  AgeClock fresh(std::nullopt, clock_.wall(), clock_.monotonic());
  EXPECT_EQ(fresh.now(clock_.wall(), clock_.monotonic()), clock_.wall());
}

}  // namespace
}  // namespace etymon::store

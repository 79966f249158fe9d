// How late it is, where history is let go by its age.
#include "store/removal/age_clock.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

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

class BelievedEndTest : public ::testing::Test {
 protected:
  static constexpr WallTime kFirst{Seconds(1'700'000'000)};
  static TimeSpan span(Microseconds start, Microseconds length) {
    return {kFirst + start, kFirst + start + length};
  }
  static std::optional<Microseconds> end_of(const std::vector<TimeSpan>& intervals) {
    const auto end = believed_end(intervals);
    return end ? std::optional(*end - kFirst) : std::nullopt;
  }
};

TEST_F(BelievedEndTest, of_what_lies_close_together_is_the_last_moment) {
  EXPECT_EQ(end_of({span({}, hours(1)), span(days(7), hours(1)), span(days(14), hours(1))}),
            days(14) + hours(1));
  EXPECT_EQ(end_of({}), std::nullopt);
}

TEST_F(BelievedEndTest, is_not_moved_by_what_a_clock_that_was_ahead_recorded) {
  EXPECT_EQ(end_of({span({}, days(9)), span(days(365), hours(2)), span(days(9999), hours(2))}),
            days(9));
}

TEST_F(BelievedEndTest, is_behind_a_long_pause_once_a_day_was_recorded_there) {
  EXPECT_EQ(end_of({span({}, days(9)), span(days(365), hours(20))}), days(9));
  EXPECT_EQ(end_of({span({}, days(9)), span(days(365), hours(20)), span(days(366), hours(5))}),
            days(366) + hours(5));
}

TEST_F(BelievedEndTest, lets_a_clock_that_was_behind_count_for_nothing) {
  EXPECT_EQ(end_of({span(-days(19'000), hours(1)), span({}, days(9))}), days(9));
}

TEST_F(BelievedEndTest, is_the_latest_where_a_clock_was_set_back) {
  EXPECT_EQ(end_of({span({}, days(9)), span(days(2), days(1))}), days(9));
}

}  // namespace
}  // namespace etymon::store

#include "resolver/upstream/health.h"

#include <gtest/gtest.h>

namespace etymon::upstream {
namespace {

constexpr MonotonicTime kStart{Seconds(1'000)};

TEST(RoundTrip, waits_the_initial_time_until_it_was_measured) {
  EXPECT_EQ(RoundTrip().patience(), RoundTrip::kInitialPatience);
}

TEST(RoundTrip, follows_the_samples) {
  RoundTrip round_trip;
  for (int i = 0; i < 100; ++i) {
    round_trip.sample(Milliseconds(30));
  }
  EXPECT_EQ(round_trip.smoothed(), Milliseconds(30));
  for (int i = 0; i < 100; ++i) {
    round_trip.sample(Milliseconds(300));
  }
  EXPECT_NEAR(static_cast<double>(round_trip.smoothed().count()), 300'000, 1'000);
  EXPECT_GE(round_trip.patience(), Milliseconds(299));
}

TEST(RoundTrip, patience_stays_within_its_limits) {
  RoundTrip fast;
  RoundTrip slow;
  fast.sample(Microseconds(0));
  slow.sample(Seconds(60));
  EXPECT_EQ(fast.patience(), RoundTrip::kPatienceMin);
  EXPECT_EQ(slow.patience(), RoundTrip::kPatienceMax);
}

TEST(RoundTrip, patience_is_no_shorter_than_wanted_and_no_longer_for_it) {
  RoundTrip fast;
  RoundTrip slow;
  fast.sample(Microseconds(0));
  slow.sample(Milliseconds(500));
  EXPECT_EQ(fast.patience(Milliseconds(10)), Milliseconds(10));
  EXPECT_EQ(slow.patience(Milliseconds(10)), slow.patience());
  EXPECT_EQ(fast.patience(Seconds(5)), Seconds(5));
  EXPECT_EQ(RoundTrip().patience(Milliseconds(10)), RoundTrip::kInitialPatience);
  EXPECT_EQ(RoundTrip().patience(Seconds(5)), Seconds(5));
}

TEST(RoundTrip, an_answer_within_one_reading_of_the_clock_counts_as_measured) {
  RoundTrip round_trip;
  round_trip.sample(Microseconds(0));
  EXPECT_TRUE(round_trip.measured());
}

TEST(Health, goes_down_after_failures_in_a_row_only) {
  Health health;
  health.failed(kStart);
  health.failed(kStart);
  health.answered();
  health.failed(kStart);
  health.failed(kStart);
  EXPECT_TRUE(health.up());
  health.failed(kStart);
  EXPECT_FALSE(health.up());
}

TEST(Health, knows_whether_it_failed_since_a_question_began) {
  Health health;
  EXPECT_FALSE(health.failed_since(kStart));
  health.failed(kStart + Seconds(1));
  EXPECT_TRUE(health.failed_since(kStart));
  EXPECT_FALSE(health.failed_since(kStart + Seconds(1))) << "who asks then sees it anew";
}

Health down_at(MonotonicTime moment) {
  Health health;
  for (unsigned i = 0; i < Health::kFailuresMax; ++i) {
    health.failed(moment);
  }
  return health;
}

TEST(Health, is_probed_when_the_back_off_ends_and_one_answer_brings_it_up) {
  Health health = down_at(kStart);
  EXPECT_FALSE(health.probe_due(kStart + Health::kBackOffMin - Microseconds(1)));
  EXPECT_TRUE(health.probe_due(kStart + Health::kBackOffMin));
  health.answered();
  EXPECT_TRUE(health.up());
  EXPECT_FALSE(health.probe_due(kStart + Seconds(100)));
}

TEST(Health, each_probe_in_vain_doubles_the_back_off_up_to_a_minute) {
  Health health = down_at(kStart);
  MonotonicTime now = kStart + Health::kBackOffMin;
  for (const int expected_s : {2, 4, 8, 16, 32, 60, 60}) {
    ASSERT_TRUE(health.probe_due(now));
    health.probe_sent(now);
    health.failed(now);
    EXPECT_FALSE(health.probe_due(now + Seconds(expected_s) - Microseconds(1)));
    now += Seconds(expected_s);
  }
}

TEST(Health, the_back_off_starts_anew_after_an_answer) {
  Health health = down_at(kStart);
  for (int i = 0; i < 10; ++i) {
    health.probe_sent(kStart);
  }
  health.answered();
  for (unsigned i = 0; i < Health::kFailuresMax; ++i) {
    health.failed(kStart);
  }
  EXPECT_TRUE(health.probe_due(kStart + Health::kBackOffMin));
}

TEST(Quirk, is_believed_after_several_sightings_and_forgotten_after_an_hour) {
  Quirk quirk;
  for (unsigned i = 1; i < Quirk::kSightings; ++i) {
    quirk.seen(kStart);
  }
  EXPECT_FALSE(quirk.present(kStart));
  quirk.seen(kStart);
  EXPECT_TRUE(quirk.present(kStart));
  EXPECT_FALSE(quirk.present(kStart + Quirk::kMemory));
  quirk.seen(kStart + Quirk::kMemory);
  EXPECT_FALSE(quirk.present(kStart + Quirk::kMemory));
}

}  // namespace
}  // namespace etymon::upstream

#include "resolver/listener/rate_limiter.h"

#include <gtest/gtest.h>

namespace etymon::listener {
namespace {

constexpr MonotonicTime kStart{Seconds(1000)};

size_t taken(RateLimiter& limiter, RateLimiter::Key key, size_t tries, MonotonicTime now) {
  size_t count = 0;
  for (size_t i = 0; i < tries; ++i) {
    count += limiter.take(key, 10, now) ? 1U : 0U;
  }
  return count;
}

TEST(RateLimiter, gives_one_seconds_worth_at_once_and_then_what_time_brings) {
  RateLimiter limiter;
  EXPECT_EQ(taken(limiter, 1, 100, kStart), 10U);
  EXPECT_EQ(taken(limiter, 1, 100, kStart + Milliseconds(99)), 0U);
  EXPECT_EQ(taken(limiter, 1, 100, kStart + Milliseconds(100)), 1U);
  EXPECT_EQ(taken(limiter, 1, 100, kStart + Seconds(60)), 10U);
}

TEST(RateLimiter, counts_each_key_for_itself) {
  RateLimiter limiter;
  taken(limiter, 1, 100, kStart);
  // The same place of the table, however many places it has.
  EXPECT_EQ(taken(limiter, 1 + (uint64_t{1} << 40), 100, kStart), 10U);
  EXPECT_EQ(taken(limiter, 1, 100, kStart), 0U);
}

TEST(RateLimiter, lets_the_quietest_go_when_a_place_is_full) {
  RateLimiter limiter;
  taken(limiter, 1, 100, kStart);
  for (uint64_t i = 1; i <= 100; ++i) {
    limiter.take(1 + (i << 40), 10, kStart);
    EXPECT_EQ(taken(limiter, 1, 1, kStart), 0U) << "the busiest keeps its place";
  }
}

}  // namespace
}  // namespace etymon::listener

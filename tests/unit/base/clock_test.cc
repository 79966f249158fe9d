#include "resolver/base/clock.h"

#include <gtest/gtest.h>

#include <ctime>
#include <type_traits>

#include "tests/support/fakes.h"

namespace etymon {
namespace {

TEST(Clock, wall_and_monotonic_times_cannot_be_mixed_up) {
  EXPECT_FALSE((std::is_convertible_v<WallTime, MonotonicTime>));
  EXPECT_FALSE((std::is_convertible_v<MonotonicTime, WallTime>));
  EXPECT_FALSE((std::is_constructible_v<WallTime, MonotonicTime>));
}

TEST(Clock, system_wall_time_is_the_posix_time_of_the_machine) {
  const WallTime before{Seconds(std::time(nullptr))};
  const WallTime wall = SystemClock().wall();
  // time() may lag by one tick of the kernel, never lead.
  EXPECT_GE(wall, before);
  EXPECT_LT(wall, before + Seconds(60));
}

TEST(Clock, system_monotonic_time_never_goes_back) {
  const SystemClock clock;
  MonotonicTime last = clock.monotonic();
  for (int i = 0; i < 1000; ++i) {
    const MonotonicTime now = clock.monotonic();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(ManualClock, stands_still_until_it_is_advanced) {
  testing::ManualClock clock{WallTime(Seconds(100))};
  EXPECT_EQ(clock.wall(), clock.wall());
  const MonotonicTime start = clock.monotonic();
  clock.advance(Milliseconds(5));
  EXPECT_EQ(clock.wall(), WallTime(Seconds(100)) + Milliseconds(5));
  EXPECT_EQ(clock.monotonic(), start + Milliseconds(5));
}

TEST(ManualClock, stepping_the_wall_clock_leaves_monotonic_time_alone) {
  testing::ManualClock clock;
  const MonotonicTime start = clock.monotonic();
  clock.set_wall(WallTime(Seconds(7)));
  EXPECT_EQ(clock.wall(), WallTime(Seconds(7)));
  EXPECT_EQ(clock.monotonic(), start);
}

}  // namespace
}  // namespace etymon

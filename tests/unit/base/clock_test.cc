#include "resolver/base/clock.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
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

// Whether a process sees its monotonic time a day ahead where CLOCK_BOOTTIME is and CLOCK_MONOTONIC
// is not, as after a night's sleep. Ends that process: 0 yes, 1 no, 2 it may not make such a place.
[[noreturn]] void look_behind_a_sleep() {
  constexpr Seconds kDay = std::chrono::hours(24);
  const MonotonicTime before = SystemClock().monotonic();
  if (unshare(CLONE_NEWTIME) != 0 ||
      !(std::ofstream("/proc/self/timens_offsets") << "boottime 86400 0").flush()) {
    _exit(2);
  }
  const pid_t inside = fork();  // Who made the place is not in it, but the children are.
  if (inside == 0) {
    _exit(SystemClock().monotonic() - before >= kDay ? 0 : 1);
  }
  int status = 0;
  waitpid(inside, &status, 0);
  _exit(WEXITSTATUS(status));
}

TEST(Clock, system_monotonic_time_goes_on_while_the_machine_sleeps) {
  const pid_t child = fork();
  if (child == 0) {
    look_behind_a_sleep();
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 2) {
    GTEST_SKIP() << "only root makes a time namespace";
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
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

#include "api/daemon/background.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace etymon::daemon {
namespace {

int niceness_here() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

TEST(Background, is_for_a_thread_and_those_it_starts_alone) {
  const int before = niceness_here();
  int in_background = 0;
  int started_there = 0;
  std::thread([&] {
    step_behind();
    in_background = niceness_here();
    std::thread([&] { started_there = niceness_here(); }).join();
  }).join();
  EXPECT_GT(in_background, before);
  EXPECT_EQ(started_there, in_background);
  EXPECT_EQ(niceness_here(), before);
}

}  // namespace
}  // namespace etymon::daemon

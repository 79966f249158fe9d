#include "resolver/base/this_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace etymon {
namespace {

int niceness_here() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

TEST(ThisThread, steps_behind_with_those_it_starts_and_no_others) {
  const int before = niceness_here();
  int behind = 0;
  int started_there = 0;
  std::thread([&] {
    step_behind();
    behind = niceness_here();
    std::thread([&] { started_there = niceness_here(); }).join();
  }).join();
  EXPECT_GT(behind, before);
  EXPECT_EQ(started_there, behind);
  EXPECT_EQ(niceness_here(), before);
}

TEST(ThisThread, has_a_name_for_those_who_look_at_the_process) {
  std::array<char, 16> name{};
  std::thread([&] {
    name_this_thread("journal");
    pthread_getname_np(pthread_self(), name.data(), name.size());
  }).join();
  EXPECT_STREQ(name.data(), "journal");
}

}  // namespace
}  // namespace etymon

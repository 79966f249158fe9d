#include "resolver/base/guarded.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <string>
#include <thread>
#include <vector>

namespace etymon {
namespace {

TEST(Guarded, threads_never_see_each_other_half_way) {
  Guarded<int> counter;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&counter] {
      for (int i = 0; i < 1000; ++i) {
        ++*counter.lock();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(*counter.lock(), 4000);
}

TEST(Guarded, is_free_again_when_the_handle_goes) {
  Guarded<std::string> word(std::string("first"));
  word.lock()->append(" second");
  EXPECT_EQ(*word.lock(), "first second");
}

TEST(Guarded, lets_a_condition_variable_wait_on_its_lock) {
  Guarded<bool> ready;
  std::condition_variable changed;
  std::thread setter([&] {
    *ready.lock() = true;
    changed.notify_one();
  });
  {
    auto handle = ready.lock();
    changed.wait(handle.mutex_lock(), [&] { return *handle; });
    EXPECT_TRUE(*handle);
  }
  setter.join();
}

}  // namespace
}  // namespace etymon

// Worker: order, and an end that loses nothing.
#include "api/service/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

namespace etymon::service {
namespace {

TEST(Worker, runs_tasks_in_order_and_all_of_them_before_it_ends) {
  std::vector<int> ran;
  {
    Worker worker("test");
    for (int i = 0; i < 1000; ++i) {
      worker.post([&ran, i] { ran.push_back(i); });
    }
  }
  std::vector<int> expected(1000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(ran, expected);
}

TEST(Worker, takes_tasks_from_many_threads_and_runs_one_at_a_time) {
  int ran = 0;  // No lock: two tasks at once would be a race.
  {
    Worker worker("test");
    std::vector<std::thread> posters;
    for (int i = 0; i < 4; ++i) {
      posters.emplace_back([&] {
        for (int n = 0; n < 500; ++n) {
          worker.post([&ran] { ++ran; });
        }
      });
    }
    for (std::thread& poster : posters) {
      poster.join();
    }
  }
  EXPECT_EQ(ran, 2000);
}

TEST(Worker, a_task_may_post_another) {
  std::atomic<bool> ran = false;
  {
    Worker worker("test");
    worker.post([&] { worker.post([&] { ran = true; }); });
  }
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace etymon::service

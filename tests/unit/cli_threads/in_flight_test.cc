// InFlight: a queue between two threads that keeps the order, is bounded and has an end.
#include "api/cli/in_flight.h"

#include <gtest/gtest.h>

#include <future>
#include <numeric>
#include <thread>
#include <vector>

namespace etymon::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kWhile = 50ms;  // in which what must not happen would

// As many as it takes.
void fill(InFlight<int>& in_flight) {
  for (size_t i = 0; i < kInFlightMax; ++i) {
    EXPECT_TRUE(in_flight.put(static_cast<int>(i)));
  }
}

TEST(InFlight, gives_all_that_is_put_once_and_in_order) {
  constexpr int kGroups = 5000;
  InFlight<int> in_flight;
  std::thread asker([&] {
    for (int i = 0; i < kGroups; ++i) {
      in_flight.put(i);
    }
    in_flight.complete();
  });
  std::vector<int> taken;
  while (const std::optional<int> group = in_flight.take()) {
    taken.push_back(*group);
  }
  asker.join();
  std::vector<int> expected(kGroups);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(taken, expected);
  EXPECT_EQ(in_flight.take(), std::nullopt);
}

TEST(InFlight, lets_who_puts_wait_while_too_many_are_not_taken) {
  InFlight<int> in_flight;
  fill(in_flight);
  auto more = std::async(std::launch::async, [&] { return in_flight.put(100); });
  EXPECT_EQ(more.wait_for(kWhile), std::future_status::timeout);
  EXPECT_EQ(in_flight.take(), 0);
  EXPECT_TRUE(more.get());
}

TEST(InFlight, tells_who_puts_that_no_more_will_be_taken) {
  InFlight<int> in_flight;
  fill(in_flight);
  auto more = std::async(std::launch::async, [&] { return in_flight.put(100); });
  EXPECT_EQ(more.wait_for(kWhile), std::future_status::timeout);
  in_flight.abandon();
  EXPECT_FALSE(more.get());
}

TEST(InFlight, tells_who_waits_for_more_that_there_is_none) {
  InFlight<int> in_flight;
  auto last = std::async(std::launch::async, [&] { return in_flight.take(); });
  EXPECT_EQ(last.wait_for(kWhile), std::future_status::timeout);
  in_flight.complete();
  EXPECT_EQ(last.get(), std::nullopt);
}

}  // namespace
}  // namespace etymon::cli

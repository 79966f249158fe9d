#include "resolver/net/event_loop.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

#include "tests/support/fakes.h"
#include "tests/support/loop_harness.h"

namespace etymon::net {
namespace {

using testing::LoopHarness;
using testing::ManualClock;

TEST(EventLoop, stop_before_run_ends_the_first_turn) {
  SystemClock clock;
  const auto loop = EventLoop::create(clock).value();
  loop->stop();
  loop->run();  // Would never return otherwise.
  SUCCEED();
}

TEST(EventLoop, work_posted_by_another_thread_is_done_in_order_on_the_loops_thread) {
  LoopHarness harness;
  std::string order;
  std::thread::id done_on;
  std::thread other([&] {
    harness.loop().post([&] { order += "a"; });
    harness.loop().post([&] {
      order += "b";
      done_on = std::this_thread::get_id();
    });
  });
  EXPECT_TRUE(harness.run_until([&] { return order.size() == 2; }));
  other.join();
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(done_on, std::this_thread::get_id());
}

TEST(EventLoop, a_turn_takes_in_what_is_ready_and_ends_before_the_loop_waits) {
  ManualClock clock;
  LoopHarness harness(&clock);
  std::string order;
  const TurnEnd end(harness.loop(), [&] { order += order.ends_with("work") ? " end " : ""; });
  harness.loop().post([&] {
    order += "work";
    harness.loop().post([&] { order += "work"; });  // is ready when the loop looks again
  });
  EXPECT_TRUE(harness.run_until([&] { return order == "workwork"; }));
  EXPECT_EQ(order, "workwork end ");
}

TEST(EventLoop, a_turn_that_is_wanted_ends_although_nothing_has_called_back) {
  LoopHarness harness;
  bool ended = false;
  const TurnEnd end(harness.loop(), [&] {
    ended = true;
    harness.loop().stop();
  });
  harness.loop().want_turn_end();
  harness.loop().run();  // Would never return otherwise.
  EXPECT_TRUE(ended);
}

TEST(EventLoop, a_turn_that_has_taken_long_enough_ends_whatever_is_ready) {
  ManualClock clock;
  LoopHarness harness(&clock);
  std::string order;
  const TurnEnd end(harness.loop(), [&] { order += order.ends_with("work") ? " end " : ""; });
  harness.loop().post([&] {
    order += "work";
    clock.advance(Milliseconds(1));
    harness.loop().post([&] { order += "work"; });
  });
  EXPECT_TRUE(harness.run_until([&] { return order == "work end work"; }));
  EXPECT_EQ(order, "work end work end ");
}

TEST(EventLoop, a_turn_ends_after_timers_before_the_loop_sleeps) {
  SystemClock clock;
  const auto loop = EventLoop::create(clock).value();
  std::string order;
  const TurnEnd end(*loop, [&] {
    if (order == "timer") {
      order += " end";
      loop->stop();
    }
  });
  Timer soon(*loop, [&] { order += "timer"; });
  soon.start(Milliseconds(1));
  Timer waking(*loop, [&] { order += " slept"; });
  waking.start(Seconds(1));
  loop->run();
  EXPECT_EQ(order, "timer end");
}

TEST(EventLoop, who_has_gone_is_not_called_at_the_end_of_a_turn_and_leaves_nothing_behind) {
  LoopHarness harness;
  const auto calls_of_first = std::make_shared<int>(0);
  int calls_of_second = 0;
  int calls_of_third = 0;
  std::optional<TurnEnd> first(std::in_place, harness.loop(),
                               [calls_of_first] { ++*calls_of_first; });
  std::optional<TurnEnd> second;
  second.emplace(harness.loop(), [&] {
    second.reset();  // Even from inside.
    ++calls_of_second;
  });
  const TurnEnd third(harness.loop(), [&] {
    ++calls_of_third;
    harness.loop().post([] {});  // There is one turn more.
  });
  first.reset();
  EXPECT_EQ(calls_of_first.use_count(), 1);
  harness.loop().want_turn_end();
  EXPECT_TRUE(harness.run_until([&] { return calls_of_third > 1; }));
  EXPECT_EQ(*calls_of_first, 0);
  EXPECT_EQ(calls_of_second, 1);
}

TEST(EventLoop, time_stands_still_within_a_turn) {
  ManualClock clock;
  LoopHarness harness(&clock);
  std::optional<MonotonicTime> before;
  std::optional<MonotonicTime> after;
  std::optional<MonotonicTime> next_turn;
  Timer later(harness.loop(), [&] { next_turn = harness.loop().now(); });
  harness.loop().post([&] {
    before = harness.loop().now();
    clock.advance(Seconds(1));
    after = harness.loop().now();
    later.start(Microseconds(0));
  });
  ASSERT_TRUE(harness.run_until([&] { return next_turn.has_value(); }));
  EXPECT_EQ(*before, *after);
  EXPECT_EQ(*next_turn - *before, Seconds(1));
}

TEST(EventLoop, time_asked_for_between_two_turns_is_not_that_of_the_next) {
  ManualClock clock;
  const auto loop = EventLoop::create(clock).value();
  const MonotonicTime before = loop->now();
  clock.advance(Seconds(1));
  std::optional<MonotonicTime> in_turn;
  loop->post([&] { in_turn = loop->now(); });
  EXPECT_TRUE(loop->turn());
  EXPECT_EQ(*in_turn - before, Seconds(1));
}

TEST(Timer, fires_once_and_not_from_inside_start) {
  LoopHarness harness;
  int fired = 0;
  Timer timer(harness.loop(), [&] { ++fired; });
  timer.start(Microseconds(0));
  EXPECT_EQ(fired, 0);
  EXPECT_TRUE(timer.active());
  harness.run_for(Milliseconds(20));
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(timer.active());
}

TEST(Timer, repeats_until_stopped) {
  LoopHarness harness;
  int fired = 0;
  Timer timer(harness.loop(), [&] {
    if (++fired == 3) {
      timer.stop();
    }
  });
  timer.repeat(Milliseconds(1));
  harness.run_for(Milliseconds(30));
  EXPECT_EQ(fired, 3);
}

TEST(Timer, a_destroyed_timer_does_not_fire) {
  LoopHarness harness;
  int fired = 0;
  {
    Timer timer(harness.loop(), [&] { ++fired; });
    timer.start(Milliseconds(1));
  }
  harness.run_for(Milliseconds(10));
  EXPECT_EQ(fired, 0);
}

TEST(Timer, may_be_destroyed_by_its_own_callback) {
  LoopHarness harness;
  auto witness = std::make_shared<int>(7);
  int seen = 0;
  std::optional<Timer> timer;
  timer.emplace(harness.loop(), [&timer, &seen, witness] {
    timer.reset();
    seen = *witness;  // What the callback holds outlives the timer until the callback is over.
  });
  timer->start(Microseconds(0));
  EXPECT_TRUE(harness.run_until([&] { return seen == 7; }));
}

}  // namespace
}  // namespace etymon::net

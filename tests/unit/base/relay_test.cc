// Relay: work goes on when the thread that does it hangs, and only then changes hands.
#include "resolver/base/relay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <string>
#include <thread>

namespace etymon {
namespace {

// Far more than a busy machine takes from a thread that does not hang.
constexpr Milliseconds kPatience(400);

// Work that writes down what happens, and hangs in its `nth` step until it is let go.
class Story {
 public:
  explicit Story(size_t steps) : steps_(steps) {}

  void hang_at(size_t step) { hang_at_ = step; }
  void let_go() { gate_.set_value(); }

  void tell() {
    relay_.start();
    relay_.join();
  }
  void start() { relay_.start(); }
  void join() { relay_.join(); }
  void await_taking_over() { taken_over_.get_future().wait(); }

  std::string text;  // what the work does; handed over with it
  std::thread::id first;
  std::thread::id last;

 private:
  Relay::After step(Relay::Runner) {
    last = std::this_thread::get_id();
    first = done_ == 0 ? last : first;
    const size_t mine = ++done_;
    const bool hangs = mine == hang_at_;
    const uint64_t entering = relay_.enter();
    if (hangs) {
      gate_.get_future().wait();
    }
    if (!relay_.leave(entering)) {
      return Relay::After::kRelieved;
    }
    text += std::to_string(mine) + " ";
    return mine == steps_ ? Relay::After::kOver : Relay::After::kGoOn;
  }

  void take_over(Relay::Runner) {
    text += "taken over ";
    taken_over_.set_value();
  }

  const size_t steps_;
  size_t hang_at_ = 0;
  size_t done_ = 0;
  std::promise<void> gate_;
  std::promise<void> taken_over_;
  Relay relay_{{"test", [this](Relay::Runner runner) { return step(runner); },
                [this](Relay::Runner stuck) { take_over(stuck); }},
               kPatience};
};

TEST(Relay, leaves_the_work_to_one_thread_while_nothing_hangs) {
  Story story(1000);
  story.tell();
  EXPECT_EQ(story.first, story.last);
  EXPECT_EQ(story.text.find("taken over"), std::string::npos);
}

TEST(Relay, goes_on_in_the_other_thread_while_one_hangs) {
  Story story(5);
  story.hang_at(3);
  story.start();
  story.await_taking_over();
  story.let_go();
  story.join();
  EXPECT_EQ(story.text, "1 2 taken over 4 5 ");
  EXPECT_NE(story.first, story.last);
}

// How long a thread hung before the other one took over.
Milliseconds time_until_relief() {
  Story story(2);
  story.hang_at(1);
  const auto before = std::chrono::steady_clock::now();
  story.start();
  story.await_taking_over();
  const auto taken = std::chrono::steady_clock::now() - before;
  story.let_go();
  story.join();
  return std::chrono::duration_cast<Milliseconds>(taken);
}

// A busy machine wakes who stands by late, but not each time.
TEST(Relay, relieves_within_its_patience_and_not_before_three_quarters_of_it) {
  constexpr Milliseconds kWaking = kPatience / 4;
  Milliseconds quickest = Milliseconds::max();
  for (int tries = 0; tries < 8 && quickest > kPatience + kWaking; ++tries) {
    quickest = std::min(quickest, time_until_relief());
    EXPECT_GE(quickest, kPatience * 3 / 4);
  }
  EXPECT_LE(quickest, kPatience + kWaking);
}

TEST(Relay, is_over_only_when_the_thread_that_hangs_has_come_back) {
  Story story(2);
  story.hang_at(1);
  story.start();
  story.await_taking_over();
  auto joined = std::async(std::launch::async, [&] { story.join(); });
  EXPECT_EQ(joined.wait_for(Milliseconds(50)), std::future_status::timeout);
  story.let_go();
  joined.wait();
  EXPECT_EQ(story.text, "taken over 2 ");
}

}  // namespace
}  // namespace etymon

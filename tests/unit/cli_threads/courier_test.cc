// Courier: what is asked goes out in order and is answered once, whatever becomes of the stream.
// The tests have the three threads that the command has, so ThreadSanitizer sees what they share.
#include "api/cli/courier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

namespace etymon::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr auto kPatience = 20s;  // with what must happen
constexpr auto kWhile = 50ms;    // in which what must not happen would

struct Request {
  int number = 0;
  int questions = 1;
  int questions_size() const { return questions; }
};
struct Group {
  Request request;
};

// Notes what is written to it, and is told when to hang.
class Stream {
 public:
  bool write(const Request& request) {
    std::unique_lock lock(mutex_);
    writing_ = true;
    change_.notify_all();
    change_.wait(lock, [this] { return !hangs_; });
    writing_ = false;
    written_.push_back(request.number);
    change_.notify_all();
    return true;
  }

  void hang(bool hangs) {
    const std::lock_guard lock(mutex_);
    hangs_ = hangs;
    change_.notify_all();
  }
  bool becomes_stuck() {
    std::unique_lock lock(mutex_);
    return change_.wait_for(lock, kPatience, [this] { return writing_; });
  }
  bool becomes_written(size_t requests) {
    std::unique_lock lock(mutex_);
    return change_.wait_for(lock, kPatience, [&] { return written_.size() >= requests; });
  }
  std::vector<int> written() {
    const std::lock_guard lock(mutex_);
    return written_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  std::vector<int> written_;
  bool writing_ = false;
  bool hangs_ = false;
};

std::vector<int> numbers_below(int end) {
  std::vector<int> all(static_cast<size_t>(end));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

class Couriers : public ::testing::Test {
 protected:
  ~Couriers() override {
    courier_.end();
    sender_.join();
  }

  bool put(int number, int questions = 1) {
    return courier_.put(std::make_shared<const Group>(Group{{number, questions}}));
  }
  bool put_below(int end) {
    const std::vector<int> all = numbers_below(end);
    return std::ranges::all_of(all, [this](int number) { return put(number); });
  }
  // As many as may be unanswered at one time.
  bool fill() { return put_below(static_cast<int>(kInFlightMax)); }

  // The oldest group's number, which is answered with that.
  int answer() {
    const int number = courier_.oldest()->request.number;
    courier_.pop();
    return number;
  }

  Courier<Group, Stream> courier_;
  std::thread sender_{[this] { courier_.send_all(); }};
};

TEST_F(Couriers, all_that_is_put_is_sent_and_answered_once_and_in_order) {
  constexpr int kGroups = 2000;
  const auto stream = std::make_shared<Stream>();
  std::thread asker([this] {
    put_below(kGroups);
    courier_.complete();
  });
  courier_.send_to(stream);
  std::vector<int> answered;
  bool sent = true;
  while (sent && courier_.oldest() != nullptr) {
    sent = stream->becomes_written(answered.size() + 1);
    EXPECT_LE(stream->written().size(), answered.size() + kInFlightMax);
    answered.push_back(answer());
  }
  courier_.end();
  asker.join();
  EXPECT_EQ(answered, numbers_below(kGroups));
  EXPECT_EQ(stream->written(), numbers_below(kGroups));
}

TEST_F(Couriers, a_group_without_questions_has_its_turn_and_is_not_sent) {
  const auto stream = std::make_shared<Stream>();
  courier_.send_to(stream);
  EXPECT_TRUE(put(0) && put(1, 0) && put(2));
  EXPECT_TRUE(stream->becomes_written(2));
  EXPECT_THAT(stream->written(), ElementsAre(0, 2));
  EXPECT_THAT((std::vector{answer(), answer(), answer()}), ElementsAre(0, 1, 2));
}

TEST_F(Couriers, who_asks_waits_while_too_many_are_unanswered) {
  EXPECT_TRUE(fill());
  auto more = std::async(std::launch::async, [this] { return put(100); });
  EXPECT_EQ(more.wait_for(kWhile), std::future_status::timeout);
  answer();
  EXPECT_TRUE(more.get());
}

TEST_F(Couriers, who_asks_is_told_when_nobody_answers_any_more) {
  EXPECT_TRUE(fill());
  auto more = std::async(std::launch::async, [this] { return put(100); });
  EXPECT_EQ(more.wait_for(kWhile), std::future_status::timeout);
  courier_.end();
  EXPECT_FALSE(more.get());
}

TEST_F(Couriers, what_a_stream_has_left_unanswered_goes_to_the_next_one) {
  const auto first = std::make_shared<Stream>();
  const auto second = std::make_shared<Stream>();
  EXPECT_TRUE(put_below(5));
  courier_.send_to(first);
  EXPECT_TRUE(first->becomes_written(5));
  EXPECT_THAT((std::vector{answer(), answer()}), ElementsAre(0, 1));
  courier_.drop_stream();
  EXPECT_TRUE(put(5));
  courier_.send_to(second);
  EXPECT_TRUE(second->becomes_written(4));
  EXPECT_THAT(second->written(), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(first->written(), ElementsAre(0, 1, 2, 3, 4)) << "it has been dropped";
}

TEST_F(Couriers, a_stream_is_dropped_only_when_nothing_is_being_written_to_it) {
  const auto stream = std::make_shared<Stream>();
  stream->hang(true);
  courier_.send_to(stream);
  EXPECT_TRUE(put(0) && stream->becomes_stuck());
  auto dropped = std::async(std::launch::async, [this] { courier_.drop_stream(); });
  EXPECT_EQ(dropped.wait_for(kWhile), std::future_status::timeout);
  stream->hang(false);
  dropped.get();
  EXPECT_THAT(stream->written(), ElementsAre(0));
}

// So it ends in the thread that answers, and not beside what that does then.
TEST_F(Couriers, a_dropped_stream_is_nobodys_but_of_who_dropped_it) {
  for (int i = 0; i < 500; ++i) {
    const auto stream = std::make_shared<Stream>();
    EXPECT_TRUE(put(i));
    courier_.send_to(stream);
    EXPECT_TRUE(stream->becomes_written(1));
    courier_.drop_stream();
    ASSERT_EQ(stream.use_count(), 1) << "stream " << i;
    EXPECT_EQ(answer(), i);
  }
}

}  // namespace
}  // namespace etymon::cli

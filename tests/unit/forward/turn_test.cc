#include "resolver/forward/turn.h"

#include <gtest/gtest.h>

#include <cstring>
#include <future>
#include <optional>
#include <utility>

#include "tests/support/fakes.h"
#include "tests/support/lone_turn.h"
#include "tests/unit/forward/doubles.h"

namespace etymon::forward {
namespace {

class TurnTest : public ::testing::Test {
 protected:
  void add(AnswerSink& sink, std::string_view message, bool tells = true) {
    std::memcpy(turn_.room(message.size()), message.data(), message.size());
    ReplyTo to;
    to.sink = &sink;
    to.transport = &sink == &tcp_ ? Transport::kTcp : Transport::kUdp;
    turn_.commit(to, message.size(), tells ? std::optional<Delivery>(Delivery{}) : std::nullopt);
  }

  Events events_;
  ListingRecorder recorder_{events_};
  ListingSink udp_{events_, "udp"};
  ListingSink tcp_{events_, "tcp"};
  testing::ManualClock clock_;
  testing::LoneTurn turn_{recorder_, clock_};
};

TEST_F(TurnTest, records_every_delivery_before_any_answer_leaves) {
  add(udp_, "one");
  add(udp_, "two");
  add(tcp_, "three");
  turn_.finish();
  EXPECT_EQ(events_, (Events{"record 3", "send udp 2", "send tcp 1"}));
}

TEST_F(TurnTest, sends_the_answers_also_when_they_could_not_be_recorded) {
  recorder_.outcome = Recorded::kLost;
  add(udp_, "one");
  turn_.finish();
  ASSERT_EQ(udp_.sent.size(), 1U);
  EXPECT_EQ(udp_.sent[0].second, "one");
}

TEST_F(TurnTest, keeps_the_order_in_which_answers_were_made) {
  add(udp_, "one");
  add(tcp_, "two");
  add(udp_, "three");
  turn_.finish();
  EXPECT_EQ(events_, (Events{"record 3", "send udp 1", "send tcp 1", "send udp 1"}));
}

TEST_F(TurnTest, an_answer_that_tells_nothing_is_sent_and_not_recorded) {
  add(udp_, "format error", false);
  turn_.finish();
  EXPECT_EQ(events_, (Events{"send udp 1"}));
  EXPECT_EQ(turn_.answers(), 1U);
  EXPECT_EQ(turn_.deliveries(), 0U);
}

TEST_F(TurnTest, who_has_gone_was_told_nothing) {
  tcp_.gone = true;
  add(tcp_, "one");
  add(udp_, "two");
  turn_.finish();
  EXPECT_EQ(events_, (Events{"record 1", "send udp 1"}));
  EXPECT_EQ(turn_.answers(), 1U);
}

TEST_F(TurnTest, a_turn_without_answers_touches_neither_recorder_nor_sinks) {
  turn_.finish();
  EXPECT_TRUE(events_.empty());
}

TEST_F(TurnTest, messages_stay_where_they_are_however_many_a_turn_has) {
  const std::string large(60'000, 'x');
  for (int i = 0; i < 20; ++i) {
    add(udp_, large + std::to_string(i));
  }
  turn_.finish();
  ASSERT_EQ(udp_.sent.size(), 20U);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(udp_.sent[static_cast<size_t>(i)].second, large + std::to_string(i));
  }
}

TEST_F(TurnTest, room_that_is_not_committed_is_used_again) {
  std::memcpy(turn_.room(5), "first", 5);
  add(udp_, "second");
  turn_.finish();
  ASSERT_EQ(udp_.sent.size(), 1U);
  EXPECT_EQ(udp_.sent[0].second, "second");
}

TEST_F(TurnTest, time_stands_still_within_a_turn_and_moves_with_the_next) {
  const WallTime start = turn_.now().wall;
  clock_.advance(Seconds(5));
  EXPECT_EQ(turn_.now().wall, start);
  turn_.finish();
  EXPECT_EQ(turn_.now().wall, start + Seconds(5));
}

// Comes back when it is let go.
class HangingRecorder final : public Recorder {
 public:
  explicit HangingRecorder(Events& events) : events_(events) {}

  AnswerId remember(const Answer&) override { return 1; }
  bool knows(AnswerId) const override { return true; }
  Recorded record(std::span<const Delivery>, RecordTicket&) override {
    release_.get_future().wait();
    return Recorded::kLost;
  }
  Recorded give_up(std::span<const Delivery> turn, RecordTicket&) override {
    events_.push_back("give up " + std::to_string(turn.size()));
    return Recorded::kLost;
  }
  void let_go() { release_.set_value(); }

 private:
  Events& events_;
  std::promise<void> release_;
};

TEST(TurnOfTwo, who_takes_over_gives_the_record_up_and_then_sends) {
  Events events;
  HangingRecorder recorder(events);
  ListingSink sink(events, "udp");
  ReplyTo client;
  client.sink = &sink;
  testing::ManualClock clock;
  std::optional<Turn> turn;
  std::optional<Turn::Ended> ended;
  bool begun = false;
  Relay relay({"test",
               [&](Relay::Runner me) {
                 if (!std::exchange(begun, true)) {
                   *turn->room(1) = 'x';
                   turn->commit(client, 1, Delivery{});
                   ended = turn->finish(me);
                   return Relay::After::kRelieved;
                 }
                 recorder.let_go();
                 return Relay::After::kOver;
               },
               [&](Relay::Runner stuck) { turn->take_over(stuck); }},
              Milliseconds(4));
  turn.emplace(recorder, clock, relay);
  relay.start();
  relay.join();
  EXPECT_EQ(events, (Events{"give up 1", "send udp 1"}));
  EXPECT_EQ(ended, Turn::Ended::kByWhoTookOver);
}

}  // namespace
}  // namespace etymon::forward

// One answer for many who wait: how much of it one turn holds.
#include "resolver/forward/handout.h"

#include <gtest/gtest.h>

#include <numeric>

#include "resolver/forward/forwarder.h"
#include "tests/support/dns_messages.h"
#include "tests/support/fakes.h"
#include "tests/support/lone_turn.h"
#include "tests/unit/forward/doubles.h"

namespace etymon::forward {
namespace {

using testing::query;
using testing::response;

constexpr size_t kNameSize = 13;  // octets of \3www\7example\0

// Some 60,000 octets.
testing::MessageBuilder large_answer(uint32_t ttl_s) {
  auto said = response("www.example", RecordType::kA);
  for (int i = 0; i < 2'200; ++i) {
    said.a("www.example", ttl_s,
           "192.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
  }
  return said;
}

class HandoutTest : public ::testing::Test {
 protected:
  explicit HandoutTest(const Forwarder::Options& options = {})
      : forwarder_({turn_, cache_, recorder_, asker_}, options) {}

  void ask(uint16_t id, std::string_view name, RecordType type = RecordType::kA) {
    ReplyTo from;
    from.sink = &sink_;
    from.peer = Endpoint{IpAddress::from_text("192.0.2.1").value(), 5353};
    from.transport = Transport::kTcp;
    forwarder_.handle(query(name, type, id).bytes(), from);
  }

  void ask_often(uint16_t times, RecordType type = RecordType::kA) {
    for (uint16_t id = 0; id < times; ++id) {
      ask(id, "www.example", type);
    }
    turn_.finish();
  }

  void upstream_says(const testing::MessageBuilder& message) {
    asker_.answer(next_++, message.wire(), Endpoint::from_text("198.51.100.53:53").value());
  }

  // The octets that the turn sends.
  size_t end_turn() {
    const size_t before = sink_.sent.size();
    turn_.finish();
    return std::accumulate(sink_.sent.begin() + static_cast<std::ptrdiff_t>(before),
                           sink_.sent.end(), size_t{0},
                           [](size_t sum, const auto& sent) { return sum + sent.second.size(); });
  }

  bool is_due() {
    const auto due = forwarder_.next_due();
    return due && *due <= clock_.monotonic();
  }

  // Turns of the loop, as many as the forwarder wants, of which none sends too much.
  size_t go_on() {
    size_t turns = 0;
    for (; is_due(); ++turns) {
      forwarder_.on_time();
      EXPECT_LE(end_turn(), Handout::kTurnShare);
    }
    return turns;
  }

  uint32_t first_ttl(size_t i) const {
    const ByteView message = as_bytes(sink_.sent.at(i).second);
    return load_u32(&message[wire::kHeaderSize + kNameSize + 4 + kNameSize + 4]);
  }

  Events events_;
  ListingRecorder recorder_{events_};
  ListingSink sink_{events_, "sink"};
  HeldAsker asker_;
  testing::ManualClock clock_;
  testing::LoneTurn turn_{recorder_, clock_};
  cache::AnswerCache cache_{1 << 20, 7};
  Forwarder forwarder_;
  size_t next_ = 0;
};

TEST_F(HandoutTest, one_turn_holds_so_much_of_one_answer_and_the_next_ones_the_rest) {
  ask_often(300);
  upstream_says(large_answer(0));
  EXPECT_LE(end_turn(), Handout::kTurnShare);
  EXPECT_LT(sink_.sent.size(), 300U);
  EXPECT_GT(go_on(), 2U);
  ASSERT_EQ(sink_.sent.size(), 300U);
  for (size_t i = 0; i < 300; ++i) {
    EXPECT_EQ(wire::read_header(as_bytes(sink_.sent[i].second)).id, i) << "in the order they came";
  }
  EXPECT_EQ(recorder_.deliveries().size(), 300U);
}

TEST_F(HandoutTest, others_are_answered_in_between) {
  ask_often(300);
  ask(1'000, "other.example");
  upstream_says(large_answer(0));
  end_turn();
  upstream_says(response("other.example", RecordType::kA).a("other.example", 300, "192.0.2.80"));
  end_turn();
  EXPECT_EQ(wire::read_header(as_bytes(sink_.sent.back().second)).id, 1'000);
  EXPECT_TRUE(is_due());
}

TEST_F(HandoutTest, who_comes_later_is_told_what_is_left_of_its_time) {
  ask_often(100);
  upstream_says(large_answer(300));
  end_turn();
  const size_t later = sink_.sent.size();
  clock_.advance(Seconds(2));
  go_on();
  ASSERT_LT(later, sink_.sent.size());
  EXPECT_EQ(first_ttl(later - 1), 300U);
  EXPECT_EQ(first_ttl(later), 298U);
  EXPECT_EQ(recorder_.deliveries().at(later).validity_s, 298U);
}

TEST_F(HandoutTest, a_stale_answer_that_many_wait_for_is_given_as_slowly) {
  ask_often(1);
  upstream_says(large_answer(1));
  end_turn();
  clock_.advance(Seconds(2));
  ask_often(300);
  clock_.advance(Seconds(2));
  EXPECT_GT(go_on(), 2U);
  EXPECT_EQ(sink_.sent.size(), 301U);
  EXPECT_EQ(forwarder_.counters().stale, 300U);
}

TEST_F(HandoutTest, a_stale_answer_in_place_of_a_failure_is_given_as_slowly) {
  ask_often(1);
  upstream_says(large_answer(1));
  end_turn();
  clock_.advance(Seconds(2));
  ask_often(300);
  asker_.fail(next_++);
  EXPECT_LE(end_turn(), Handout::kTurnShare);
  EXPECT_GT(go_on(), 2U);
  EXPECT_EQ(sink_.sent.size(), 301U);
}

TEST_F(HandoutTest, a_stale_answer_that_is_due_takes_turns_with_it) {
  const auto other = response("other.example", RecordType::kA).a("other.example", 1, "192.0.2.80");
  ask(1'000, "other.example");
  upstream_says(other);
  clock_.advance(Seconds(2));
  ask_often(300);
  ask(1'001, "other.example");
  clock_.advance(Seconds(2));
  upstream_says(large_answer(0));
  end_turn();
  for (int turn = 0; turn < 2; ++turn) {
    forwarder_.on_time();
    EXPECT_LE(end_turn(), Handout::kTurnShare);
  }
  EXPECT_EQ(forwarder_.counters().stale, 1U);
  EXPECT_TRUE(is_due());
}

TEST_F(HandoutTest, who_still_waits_for_it_has_no_place_for_another_question) {
  constexpr uint16_t kPlaces = 4'096;
  ask_often(kPlaces);
  upstream_says(large_answer(0));
  const size_t served = (end_turn(), sink_.sent.size());
  for (size_t i = 0; i <= served; ++i) {
    ask(kPlaces, "other.example");
  }
  end_turn();
  EXPECT_EQ(forwarder_.counters().overloaded, 1U);
}

class HandoutOfMadeTest : public HandoutTest {
 protected:
  static Forwarder::Options behind_a_nat64() {
    Forwarder::Options options;
    options.dns64 = {.on = true,
                     .prefix = Nat64Prefix::from(*IpPrefix::from_text("64:ff9b::/96")).value()};
    return options;
  }
  HandoutOfMadeTest() : HandoutTest(behind_a_nat64()) {}
};

TEST_F(HandoutOfMadeTest, of_answers_that_are_made_for_each_client_a_turn_makes_few) {
  ask_often(100, RecordType::kAaaa);
  upstream_says(response("www.example", RecordType::kAaaa).soa("example", 60, 60));
  end_turn();
  go_on();
  ASSERT_EQ(asker_.asked.size(), 2U);
  upstream_says(response("www.example", RecordType::kA).a("www.example", 300, "192.0.2.80"));
  end_turn();
  EXPECT_LE(sink_.sent.size(), 20U);
  EXPECT_GT(go_on(), 2U);
  EXPECT_EQ(sink_.sent.size(), 100U);
}

}  // namespace
}  // namespace etymon::forward

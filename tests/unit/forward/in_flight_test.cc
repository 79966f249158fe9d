#include "resolver/forward/in_flight.h"

#include <gtest/gtest.h>

#include "tests/support/colliding_names.h"

namespace etymon::forward {
namespace {

constexpr uint64_t kSeed = 7;

UpstreamQuestion question(std::string qname) {
  UpstreamQuestion q;
  q.qname = std::move(qname);
  return q;
}

Waiter waiter(uint16_t id) {
  Waiter w;
  w.shape.id = id;
  return w;
}

Waiter waiter_of(const char* client) {
  Waiter w;
  w.from.peer.address = IpAddress::from_text(client).value();
  return w;
}

TEST(InFlight, equal_questions_become_one_whatever_their_spelling) {
  InFlight in_flight({}, kSeed);
  EXPECT_EQ(in_flight.join(question("\3www\0"), waiter(1)), InFlight::Joined::kFirst);
  EXPECT_EQ(in_flight.join(question("\3WwW\0"), waiter(2)), InFlight::Joined::kLater);
  EXPECT_EQ(in_flight.questions(), 1U);
  EXPECT_EQ(in_flight.waiters(), 2U);
}

TEST(InFlight, what_changes_the_answer_makes_another_question) {
  InFlight in_flight({}, kSeed);
  const UpstreamQuestion plain = question("\3www");
  UpstreamQuestion type = plain, klass = plain, dnssec = plain, checking = plain;
  type.qtype = RecordType::kAaaa;
  klass.qclass = static_cast<RecordClass>(4);
  dnssec.dnssec_ok = true;
  checking.checking_disabled = true;
  for (const UpstreamQuestion& q : {plain, type, klass, dnssec, checking}) {
    EXPECT_EQ(in_flight.join(q, waiter(1)), InFlight::Joined::kFirst);
  }
}

TEST(InFlight, take_gives_all_who_waited_in_the_order_they_came) {
  InFlight in_flight({}, kSeed);
  for (uint16_t id = 1; id <= 3; ++id) {
    (void)in_flight.join(question("\3www"), waiter(id));
  }
  const std::vector<Waiter> waiters = in_flight.take(question("\3WWW"));
  ASSERT_EQ(waiters.size(), 3U);
  EXPECT_EQ(waiters[0].shape.id, 1);
  EXPECT_EQ(waiters[2].shape.id, 3);
  EXPECT_TRUE(in_flight.take(question("\3www")).empty());
}

TEST(InFlight, those_who_were_taken_keep_their_places_until_they_are_let_go) {
  InFlight in_flight({.per_client_max = 2}, kSeed);
  in_flight.join(question("\1a"), waiter(1));
  in_flight.join(question("\1a"), waiter(2));
  const std::vector<Waiter> waiters = in_flight.take(question("\1a"));
  EXPECT_EQ(in_flight.join(question("\1b"), waiter(3)), InFlight::Joined::kFull);
  in_flight.let_go(waiters.at(0));
  EXPECT_EQ(in_flight.waiters(), 1U);
}

TEST(InFlight, takes_no_more_different_questions_than_its_limit) {
  InFlight in_flight({.questions_max = 2, .waiters_max = 10}, kSeed);
  EXPECT_EQ(in_flight.join(question("\1a"), waiter_of("192.0.2.1")), InFlight::Joined::kFirst);
  EXPECT_EQ(in_flight.join(question("\1b"), waiter_of("192.0.2.2")), InFlight::Joined::kFirst);
  EXPECT_EQ(in_flight.join(question("\1c"), waiter_of("192.0.2.3")), InFlight::Joined::kFull);
  EXPECT_EQ(in_flight.join(question("\1a"), waiter_of("192.0.2.1")), InFlight::Joined::kLater);
}

TEST(InFlight, takes_no_more_waiters_in_all_than_its_limit) {
  InFlight in_flight({.questions_max = 10, .waiters_max = 2}, kSeed);
  EXPECT_EQ(in_flight.join(question("\1a"), waiter_of("192.0.2.1")), InFlight::Joined::kFirst);
  EXPECT_EQ(in_flight.join(question("\1a"), waiter_of("192.0.2.2")), InFlight::Joined::kLater);
  EXPECT_EQ(in_flight.join(question("\1a"), waiter_of("192.0.2.3")), InFlight::Joined::kFull);
  EXPECT_EQ(in_flight.join(question("\1b"), waiter_of("192.0.2.4")), InFlight::Joined::kFull);
}

TEST(InFlight, one_client_waits_with_no_more_than_its_share) {
  InFlight in_flight({.per_client_max = 2}, kSeed);
  EXPECT_EQ(in_flight.join(question("\1a"), waiter_of("192.0.2.1")), InFlight::Joined::kFirst);
  EXPECT_EQ(in_flight.join(question("\1a"), waiter_of("192.0.2.1")), InFlight::Joined::kLater);
  EXPECT_EQ(in_flight.join(question("\1b"), waiter_of("192.0.2.1")), InFlight::Joined::kFull);
  EXPECT_EQ(in_flight.join(question("\1b"), waiter_of("192.0.2.2")), InFlight::Joined::kFirst);
  for (const Waiter& waiter : in_flight.take(question("\1a"))) {
    in_flight.let_go(waiter);
  }
  EXPECT_EQ(in_flight.join(question("\1b"), waiter_of("192.0.2.1")), InFlight::Joined::kLater);
}

TEST(InFlight, one_zone_has_no_more_than_its_share_however_deep_its_names) {
  InFlight in_flight({.per_zone_max = 2}, kSeed);
  EXPECT_EQ(in_flight.join(question("\1a\1b\1x\3org")), InFlight::Joined::kFirst);
  EXPECT_EQ(in_flight.join(question("\1c\1X\3ORG")), InFlight::Joined::kFirst);
  EXPECT_EQ(in_flight.join(question("\1x\3org")), InFlight::Joined::kFull);
  EXPECT_EQ(in_flight.join(question("\1c\1x\3org")), InFlight::Joined::kLater) << "it is there";
  EXPECT_EQ(in_flight.join(question("\1y\3org")), InFlight::Joined::kFirst);
  in_flight.take(question("\1c\1x\3org"));
  EXPECT_EQ(in_flight.join(question("\1x\3org")), InFlight::Joined::kFirst);
}

std::string name_of(const std::string& label, const char* zone = "") {
  return static_cast<char>(label.size()) + label + zone + std::string(1, '\0');
}

// Asks for as many names as there are places; gives how many were taken.
size_t ask_all(InFlight& in_flight, const std::string& client, size_t places,
               const char* zone = "") {
  size_t taken = 0;
  for (size_t i = 0; i < places; ++i) {
    const auto joined = in_flight.join(question(name_of(client + std::to_string(i), zone)),
                                       waiter_of(client.c_str()));
    taken += joined == InFlight::Joined::kFirst ? 1U : 0U;
  }
  return taken;
}

// A forwarder is one client, too: alone it may have half of the room, and takes it from nobody.
TEST(InFlight, one_client_leaves_half_of_the_room_to_others) {
  InFlight in_flight({.questions_max = 100}, kSeed);
  EXPECT_EQ(ask_all(in_flight, "192.0.2.1", 200), 50U);
  EXPECT_EQ(ask_all(in_flight, "192.0.2.2", 200), 25U);
}

TEST(InFlight, however_many_clients_take_all_they_can_some_room_is_left) {
  InFlight in_flight({.questions_max = 100}, kSeed);
  for (int round = 0; round < 5; ++round) {
    for (const std::string host : {"1", "2", "3", "4", "5"}) {
      ask_all(in_flight, "192.0.2." + host, 200);
    }
  }
  EXPECT_GT(ask_all(in_flight, "192.0.2.6", 1), 0U);
}

TEST(InFlight, however_many_zones_are_silent_some_room_is_left) {
  InFlight in_flight({.questions_max = 100}, kSeed);
  for (const char* zone : {"\1a\3org", "\1b\3org", "\1c\3org", "\1d\3org", "\1e\3org"}) {
    for (int host = 0; host < 100; ++host) {  // each asks once
      ask_all(in_flight, "192.0.2." + std::to_string(host), 1, zone);
    }
  }
  EXPECT_EQ(ask_all(in_flight, "192.0.2.200", 1, "\1f\3org"), 1U);
}

TEST(InFlight, what_nobody_waits_for_leaves_half_of_the_room_to_clients) {
  InFlight in_flight({.questions_max = 4}, kSeed);
  EXPECT_EQ(in_flight.join(question("\1a")), InFlight::Joined::kFirst);
  EXPECT_EQ(in_flight.join(question("\1b")), InFlight::Joined::kFirst);
  EXPECT_EQ(in_flight.join(question("\1c")), InFlight::Joined::kFull);
  EXPECT_EQ(in_flight.join(question("\1a")), InFlight::Joined::kLater);
  EXPECT_EQ(in_flight.join(question("\1c"), waiter(1)), InFlight::Joined::kFirst);
}

// Names that share one place of the table, for who knows the seed.
std::vector<UpstreamQuestion> names_chosen_for(uint64_t seed, size_t places, size_t count) {
  constexpr uint64_t kAddressQuestion = (1U << 18 | 1U << 2) * 0x9E3779B97F4A7C15U;
  std::vector<UpstreamQuestion> names;
  for (int i = 0; names.size() < count; ++i) {
    const std::string label = std::to_string(i);
    const UpstreamQuestion one =
        question(static_cast<char>(label.size()) + label + std::string(1, '\0'));
    if (hash_bytes(as_bytes(one.qname), seed ^ kAddressQuestion) % places == 0) {
      names.push_back(one);
    }
  }
  return names;
}

size_t longest_chain(const std::vector<UpstreamQuestion>& names, uint64_t seed) {
  InFlight in_flight({}, seed);
  for (const UpstreamQuestion& name : names) {
    in_flight.join(name);
  }
  return in_flight.longest_chain();
}

TEST(InFlight, nobody_can_choose_names_that_share_a_place) {
  constexpr size_t kNames = 300;
  constexpr size_t kPlaces = 541;  // of so many names, as the library has it
  const auto names = names_chosen_for(kSeed, kPlaces, kNames);
  EXPECT_GE(longest_chain(names, kSeed), kNames / 2) << "who knows the seed can";
  EXPECT_LE(longest_chain(names, kSeed + 1), 12U);
}

// CVE-2020-25685. A table that hashes them so has all of them in one place.
TEST(InFlight, a_hundred_thousand_names_chosen_for_a_weak_hash_are_spread_like_any_others) {
  constexpr size_t kNames = 100'000;
  const std::string model = std::string("\x0C") + "twelveoctets" + "\7example" + '\0';
  // What nobody waits for gets half of the room.
  InFlight in_flight({.questions_max = 2 * kNames, .per_zone_max = 2 * kNames}, kSeed);
  for (const std::string& name : testing::names_colliding_with(model, kNames)) {
    ASSERT_EQ(testing::crc32_register(name), testing::crc32_register(model));
    ASSERT_EQ(in_flight.join(question(name)), InFlight::Joined::kFirst);
  }
  EXPECT_EQ(in_flight.questions(), kNames);
  EXPECT_LE(in_flight.longest_chain(), 16U);
}

TEST(InFlight, those_who_wait_may_leave_before_the_question_ends) {
  InFlight in_flight({}, kSeed);
  in_flight.join(question("\1a"), waiter(1));
  EXPECT_EQ(in_flight.take_waiters(question("\1a")).size(), 1U);
  EXPECT_TRUE(in_flight.take_waiters(question("\1a")).empty());
  EXPECT_EQ(in_flight.join(question("\1a"), waiter(2)), InFlight::Joined::kLater);
}

TEST(InFlight, reminds_of_what_is_still_on_its_way) {
  constexpr MonotonicTime kNow{Seconds(1)};
  InFlight in_flight({}, kSeed);
  in_flight.join(question("\1a"));
  in_flight.join(question("\1b"));
  in_flight.remind(question("\1a"), kNow);
  in_flight.remind(question("\1b"), kNow + Seconds(1));
  in_flight.remind(question("\1b"), kNow + Seconds(2));  // has one
  EXPECT_EQ(in_flight.next_reminder(), kNow);
  in_flight.take(question("\1a"));
  EXPECT_EQ(in_flight.next_reminder(), kNow + Seconds(1));
  EXPECT_FALSE(in_flight.take_reminder(kNow).has_value());
  EXPECT_EQ(in_flight.take_reminder(kNow + Seconds(1)), question("\1b"));
  EXPECT_FALSE(in_flight.next_reminder().has_value());
}

}  // namespace
}  // namespace etymon::forward

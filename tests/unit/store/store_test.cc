// The store as its users see it: what is recorded is found, whatever happened in between.
#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "store/store_opener.h"
#include "store/tables/keys.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/image.h"
#include "tests/unit/store/store_fixture.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(StoreTest, counts_each_delivery_once_however_often_it_is_asked_and_folded) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1"});
  for (uint64_t told = 1; told <= 4; ++told) {
    ASSERT_EQ(deliver_now(answer, "10.0.0.1"), Recorded::kYes);
    EXPECT_EQ(evidence("192.0.2.1").at(0).deliveries, told);
    ASSERT_TRUE(store_->fold().ok());
    EXPECT_EQ(evidence("192.0.2.1").at(0).deliveries, told);
  }
}

TEST_F(StoreTest, finds_a_delivery_as_soon_as_it_is_recorded) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1"}, {"cdn.example.net"});
  ASSERT_EQ(deliver_now(answer, "10.0.0.1", 60), Recorded::kYes);
  const auto found = evidence("192.0.2.1");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(*found[0].answer, answer);
  EXPECT_EQ(found[0].client, ip("10.0.0.1"));
  EXPECT_EQ(found[0].address, answer.addresses[0]);
  EXPECT_EQ(found[0].deliveries, 1U);
  EXPECT_EQ(found[0].newest, (Sighting{clock_.wall(), 60, Origin::kUpstream, Transport::kUdp}));
  EXPECT_EQ(found[0].valid_until, clock_.wall() + Seconds(60));
}

TEST_F(StoreTest, tells_the_same_before_and_after_a_fold_and_after_a_restart) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1", "2001:db8::1"});
  deliver_now(answer, "10.0.0.1", 600);
  deliver_now(answer, "10.0.0.1", 30);
  deliver_now(answer_of("other.example", {"192.0.2.1"}), "10.0.0.2");
  const auto summary = [&] {
    std::vector<std::string> lines;
    for (const Evidence& one : evidence("192.0.2.0/24")) {
      lines.push_back(one.answer->question.name.text() + " " + one.client.text() + " " +
                      std::to_string(one.deliveries) + " " +
                      std::to_string((one.valid_until - one.first.at) / Seconds(1)));
    }
    return lines;
  };
  const auto before = summary();
  EXPECT_THAT(before,
              ElementsAre("other.example 10.0.0.2 1 300", "www.example.com 10.0.0.1 2 600"));
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_EQ(store_->statistics().tail_deliveries, 0U);
  EXPECT_EQ(summary(), before);
  reopen();
  EXPECT_EQ(summary(), before);
}

TEST_F(StoreTest, adds_up_what_is_in_the_tail_and_in_several_folds) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1"});
  for (int i = 0; i < 3; ++i) {
    deliver_now(answer, "10.0.0.1");
    ASSERT_TRUE(store_->fold().ok());
    reopen();  // A new life gives the answer a new number first; the fold finds the old one.
  }
  deliver_now(answer, "10.0.0.1");
  const auto found = evidence("192.0.2.1");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].deliveries, 4U);
}

TEST_F(StoreTest, splits_deliveries_at_the_moment_asked_for) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1"});
  const WallTime before_first = clock_.wall();
  for (const Seconds pause : {Seconds(1), Seconds(100'000), Seconds(100'000)}) {
    clock_.advance(pause);
    deliver_now(answer, "10.0.0.1", 60);
    ASSERT_TRUE(store_->fold().ok());
  }
  const WallTime last = clock_.wall();
  const auto found = *store_->evidence(about("192.0.2.1", last - Seconds(1)));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].deliveries, 2U);
  EXPECT_EQ(found[0].newest.at, last - Seconds(100'001));
  ASSERT_TRUE(found[0].next.has_value());
  EXPECT_EQ(found[0].next->at, last);

  const auto before_all = *store_->evidence(about("192.0.2.1", before_first));
  ASSERT_EQ(before_all.size(), 1U);
  EXPECT_EQ(before_all[0].deliveries, 0U);
  EXPECT_TRUE(before_all[0].next.has_value());
}

TEST_F(StoreTest, looks_for_what_came_next_until_the_end_of_the_next_day) {
  const WallTime moment = clock_.wall();
  clock_.advance(std::chrono::days(2));
  deliver_now(answer_of("www.example.com", {"192.0.2.1"}), "10.0.0.1");
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(*store_->evidence(about("192.0.2.1", moment)), IsEmpty());
    ASSERT_TRUE(store_->fold().ok());
  }
}

// Who passed the question of the newest delivery on, as both ways of reading tell it.
std::string forwarder_of(const Store& store, const std::string& address, const std::string& client,
                         WallTime now) {
  EvidenceQuery query = about(address, now);
  query.client = ip(client);
  DeliveryQuery listing{.span = {WallTime(), now}, .client = ip(client)};
  listing.limit = 1;
  const std::vector<Evidence> found = store.evidence(query).value();
  const std::vector<RecordedDelivery> listed = store.deliveries(listing).value();
  if (found.size() != 1 || listed.size() != 1 ||
      found[0].newest.forwarder != listed[0].sighting.forwarder) {
    return "they differ";
  }
  return found[0].newest.forwarder.text();
}

TEST_F(StoreTest, keeps_the_forwarder_in_every_state_of_a_delivery) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1", "2001:db8::1"});
  const auto expect_all = [&](const char* state) {
    for (const char* address : {"192.0.2.1", "2001:db8::1"}) {
      EXPECT_EQ(forwarder_of(*store_, address, "10.0.0.7", clock_.wall()), "10.0.0.2") << state;
      EXPECT_EQ(forwarder_of(*store_, address, "10.0.0.8", clock_.wall()), "fd00::2") << state;
      EXPECT_EQ(forwarder_of(*store_, address, "10.0.0.2", clock_.wall()), "::") << state;
    }
  };
  const auto deliver_all = [&] {
    clock_.advance(Seconds(1));
    const WallTime now = clock_.wall();
    deliver_through(*store_, "fd00::2", answer, "10.0.0.7", now);
    deliver_through(*store_, "10.0.0.2", answer, "10.0.0.7", now);
    deliver_through(*store_, "fd00::2", answer, "10.0.0.8", now);
    deliver(*store_, answer, "10.0.0.2", now);
    clock_.advance(Seconds(1));
  };
  deliver_all();
  expect_all("in the tail");
  reopen();
  expect_all("from the journal");
  ASSERT_TRUE(store_->fold().ok());
  expect_all("folded");
  deliver_all();
  expect_all("in both");
  ASSERT_TRUE(store_->fold().ok());
  expect_all("merged when read");
  reopen();
  expect_all("after a restart");
  ASSERT_TRUE(StoreOpener::compact(*store_).ok());
  expect_all("compacted");
  EXPECT_TRUE(store_->verify()->is_sound());
}

TEST_F(StoreTest, counts_a_long_history_and_knows_its_first_and_its_last) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1", "192.0.2.2"});
  std::optional<WallTime> first;
  for (int day = 0; day < 9; ++day) {
    clock_.advance(std::chrono::days(1));
    deliver_now(answer, "10.0.0.1", 60);
    first = first.value_or(clock_.wall());
    // One validity that outlives all later ones, and has to be found in a row of long ago.
    deliver_now(answer, "10.0.0.1", day == 2 ? 86'400U * 30 : 60U);
    ASSERT_TRUE(store_->fold().ok());
  }
  for (const char* address : {"192.0.2.1", "192.0.2.2"}) {
    const auto found = evidence(address);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].deliveries, 18U);
    EXPECT_EQ(found[0].first.at, *first);
    EXPECT_EQ(found[0].newest.at, clock_.wall());
    EXPECT_EQ(found[0].valid_until, *first + std::chrono::days(2) + Seconds(5 + 86'400 * 30));
    EvidenceQuery query = about(address, clock_.wall());
    query.wants_first = false;
    const auto without = *store_->evidence(query);
    ASSERT_EQ(without.size(), 1U);
    EXPECT_EQ(without[0].deliveries, found[0].deliveries);
    EXPECT_EQ(without[0].newest, found[0].newest);
    EXPECT_EQ(without[0].valid_until, found[0].valid_until);
    EXPECT_GE(without[0].first.at, *first);
  }
}

TEST_F(StoreTest, a_day_of_later_deliveries_hides_no_validity_of_two_days_before) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1", "192.0.2.2"});
  const WallTime today = start_of_day(day_of(clock_.wall()) + 3);
  const auto told = [&](WallTime at, uint32_t validity_s) {
    clock_.advance(at - clock_.wall());
    deliver(*store_, answer, "10.0.0.1", at, validity_s);
    ASSERT_TRUE(store_->fold().ok());
  };
  const WallTime evening = today - std::chrono::days(1) - std::chrono::minutes(1);
  told(evening, 86'300);  // longer than what came in the day between
  told(today - std::chrono::days(1) + Seconds(10), 60);
  told(today + std::chrono::hours(10), 60);
  const WallTime moment = today + std::chrono::minutes(30);
  for (const char* address : {"192.0.2.1", "192.0.2.2"}) {
    const auto found = *store_->evidence(about(address, moment));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].deliveries, 2U);
    EXPECT_EQ(found[0].valid_until, evening + Seconds(86'300));
  }
}

TEST_F(StoreTest, leaves_out_what_came_before_the_span_asked_for) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1", "192.0.2.2"});
  for (int day = 0; day < 9; ++day) {
    clock_.advance(std::chrono::days(1));
    deliver_now(answer, "10.0.0.1");
    deliver_now(answer, "10.0.0.1");
    ASSERT_TRUE(store_->fold().ok());
  }
  EvidenceQuery query = about("192.0.2.0/24", clock_.wall());
  query.since = clock_.wall() - std::chrono::days(6) - Seconds(12);  // the second of a day
  const auto found = *store_->evidence(query);
  ASSERT_EQ(found.size(), 2U);
  for (const Evidence& one : found) {
    EXPECT_EQ(one.deliveries, 13U);
    EXPECT_EQ(one.first.at, query.since);
  }
}

TEST_F(StoreTest, finds_by_prefix_across_families_and_by_client_within_it) {
  deliver_now(answer_of("a.example", {"192.0.2.1"}), "10.0.0.1");
  deliver_now(answer_of("b.example", {"192.0.2.200"}), "10.0.0.2");
  deliver_now(answer_of("c.example", {"198.51.100.1"}), "10.0.0.3");
  deliver_now(answer_of("d.example", {"2001:db8::1"}), "10.0.0.1");
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(names(store_->evidence(about("192.0.2.0/24", clock_.wall()))),
                ElementsAre("b.example", "a.example"));
    EXPECT_THAT(names(store_->evidence(about("::/0", clock_.wall()))),
                ElementsAre("d.example", "c.example", "b.example", "a.example"));
    EvidenceQuery query = about("::/0", clock_.wall());
    query.client = ip("10.0.0.1");
    EXPECT_THAT(names(store_->evidence(query)), ElementsAre("d.example", "a.example"));
    query.client = ip("10.0.0.9");
    EXPECT_THAT(names(store_->evidence(query)), IsEmpty());
    ASSERT_TRUE(store_->fold().ok());
  }
}

TEST_F(StoreTest, returns_the_newest_when_there_is_more_than_the_limit) {
  for (int i = 0; i < 50; ++i) {
    deliver_now(answer_of("n" + std::to_string(i) + ".example", {"192.0.2.1"}), "10.0.0.1");
  }
  EvidenceQuery query = about("192.0.2.1", clock_.wall());
  query.limit = 2;
  EXPECT_THAT(names(store_->evidence(query)), ElementsAre("n49.example", "n48.example"));
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_THAT(names(store_->evidence(query)), ElementsAre("n49.example", "n48.example"));
}

// As many addresses of one block as asked for, from 192.0.0.0 on.
std::vector<std::string> addresses(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    all.push_back("192.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
  }
  return all;
}

TEST_F(StoreTest, refuses_to_look_at_more_pairs_than_may_be) {
  deliver_now(answer_of("www.example.com", addresses(3)), "10.0.0.1");
  deliver_now(answer_of("www.example.com", addresses(3)), "10.0.0.2");
  for (int round = 0; round < 2; ++round) {
    EvidenceQuery query = about("192.0.0.0/24", clock_.wall());
    query.pairs_max = 6;
    EXPECT_EQ(store_->evidence(query).value().size(), 6U);
    query.pairs_max = 5;
    EXPECT_EQ(store_->evidence(query).error().code, ErrorCode::kResourceExhausted) << round;
    query.beyond = EvidenceQuery::Beyond::kLeaveOut;
    EXPECT_GE(store_->evidence(query).value().size(), 5U);
    ASSERT_TRUE(store_->fold().ok());
  }
}

// Of all that was told by the moment: the newest delivery, and how many.
using Past = std::vector<std::pair<WallTime, uint64_t>>;
void add_past(const std::vector<Evidence>& evidence, Past& past) {
  for (const Evidence& one : evidence) {
    if (one.deliveries > 0) {
      past.emplace_back(one.newest.at, one.deliveries);
    }
  }
}

// However it finds its way among many pairs, some of which have nothing on some days.
TEST_F(StoreTest, a_wide_prefix_tells_what_each_of_its_pairs_tells) {
  constexpr int kDays = 6;
  const std::vector<std::string> all = addresses(40);
  std::vector<std::string> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back("10.0.0." + std::to_string(3 * i + 1));
  }
  std::mt19937 dice(5);
  for (int day = 0; day < kDays; ++day) {
    clock_.advance(std::chrono::days(1));
    for (int i = 0; i < 300; ++i) {
      const std::string name = "n" + std::to_string(dice() % 3) + ".example";
      deliver_now(answer_of(name, {all[dice() % all.size()]}), clients[dice() % clients.size()]);
    }
    ASSERT_TRUE(day == kDays - 2 || store_->fold().ok());
  }
  for (int day = 0; day <= kDays; ++day) {
    const WallTime moment = clock_.wall() - std::chrono::days(day);
    Past expected;
    for (const std::string& address : all) {
      for (const std::string& client : clients) {
        EvidenceQuery pair = about(address, moment);
        pair.client = ip(client);
        add_past(*store_->evidence(pair), expected);
      }
    }
    std::ranges::sort(expected, std::greater());
    for (const size_t limit : {size_t{10'000}, size_t{30}}) {
      EvidenceQuery wide = about("192.0.0.0/24", moment);
      wide.limit = limit;
      Past found;
      add_past(*store_->evidence(wide), found);
      expected.resize(std::min(expected.size(), limit));
      EXPECT_EQ(found, expected) << day << " " << limit;
    }
  }
}

TEST_F(StoreTest, stops_reading_when_it_is_no_longer_wanted) {
  deliver_now(answer_of("www.example.com", addresses(600)), "10.0.0.1");
  for (int round = 0; round < 2; ++round) {
    EvidenceQuery query = about("192.0.0.0/16", clock_.wall());
    int asked = 0;
    query.should_stop = [&asked] { return ++asked == 2; };
    EXPECT_EQ(store_->evidence(query).error().code, ErrorCode::kUnavailable) << round;
    EXPECT_EQ(asked, 2);
    query.should_stop = [&asked] { return ++asked < 0; };
    EXPECT_EQ(store_->evidence(query).value().size(), 600U);
    ASSERT_TRUE(store_->fold().ok());
  }
}

TEST_F(StoreTest, asks_nobody_whether_a_small_lookup_is_wanted) {
  deliver_now(answer_of("www.example.com", addresses(3)), "10.0.0.1");
  EvidenceQuery query = about("192.0.0.1", clock_.wall());
  query.client = ip("10.0.0.1");
  query.should_stop = [] { return true; };
  EXPECT_EQ(store_->evidence(query).value().size(), 1U);
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_EQ(store_->evidence(query).value().size(), 1U);
}

TEST_F(StoreTest, keeps_hostile_names_and_answers_without_addresses) {
  for (const char* name : {"example", "\\000.example", "\\001.example", "\\255.example", "."}) {
    deliver_now(answer_of(name, {}), "10.0.0.1");
    deliver_now(answer_of(name, {"192.0.2.1"}), "10.0.0.1");
  }
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_EQ(evidence("192.0.2.1").size(), 5U);
}

TEST_F(StoreTest, gives_the_same_content_the_same_number) {
  const Answer answer = answer_of("www.example.com", {"192.0.2.1"});
  EXPECT_EQ(store_->remember(answer), store_->remember(answer));
  EXPECT_NE(store_->remember(answer), store_->remember(answer_of("www.example.com", {})));
}

TEST_F(StoreTest, takes_a_turn_whole_or_not_at_all) {
  const AnswerId id = store_->remember(answer_of("www.example.com", {"192.0.2.1"}));
  std::vector<Delivery> turn(2, Delivery{clock_.wall(), ip("10.0.0.1"), id, 300});
  turn[1].answer = id + 1;  // a number that nobody was given
  EXPECT_EQ(store_->record(turn), Recorded::kLost);
  EXPECT_THAT(evidence("192.0.2.1"), IsEmpty());
  EXPECT_EQ(store_->statistics().lost, 2U);
  EXPECT_EQ(store_->record({}), Recorded::kYes);
}

TEST_F(StoreTest, covers_what_comes_after_a_turn_that_names_what_nobody_was_given) {
  clock_.advance(Seconds(5));
  const WallTime lost = clock_.wall();
  const Delivery unknown{lost, ip("10.0.0.1"), 1000, 300};
  ASSERT_EQ(store_->record({&unknown, 1}), Recorded::kLost);
  ASSERT_TRUE(testing::eventually([&] { return store_->statistics().recording; }));
  EXPECT_EQ(deliver_now(answer_of("www.example.com", {"192.0.2.1"}), "10.0.0.1"), Recorded::kYes);
  EXPECT_TRUE(store_->coverage().covers({clock_.wall(), clock_.wall()}));
  EXPECT_FALSE(store_->coverage().covers({lost, lost}));
}

TEST_F(StoreTest, covers_from_start_to_stop_and_not_in_between) {
  const WallTime start = clock_.wall();
  clock_.advance(Seconds(10));
  const WallTime stop = clock_.wall();
  ASSERT_TRUE(store_->close().ok());
  EXPECT_TRUE(store_->close().ok());
  EXPECT_EQ(deliver_now(answer_of("late.example", {"192.0.2.1"}), "10.0.0.1"), Recorded::kLost);
  clock_.advance(Seconds(10));
  const WallTime again = clock_.wall();
  reopen();
  clock_.advance(Seconds(10));
  EXPECT_THAT(
      store_->coverage().intervals(),
      ElementsAre(
          CoverageInterval{{start, stop}, CoverageEdge::kStart, CoverageEdge::kStop},
          CoverageInterval{{again, clock_.wall()}, CoverageEdge::kStart, CoverageEdge::kNow}));
  EXPECT_EQ(store_->statistics().oldest, start);
}

TEST_F(StoreTest, cuts_the_coverage_where_the_clock_steps) {
  const WallTime start = clock_.wall();
  deliver_now(answer_of("a.example", {"192.0.2.1"}), "10.0.0.1");
  const WallTime before = clock_.wall();
  clock_.set_wall(before - Seconds(3600));
  deliver_now(answer_of("b.example", {"192.0.2.1"}), "10.0.0.1");
  const WallTime back = clock_.wall();
  EXPECT_THAT(
      store_->coverage().intervals(),
      ElementsAre(
          CoverageInterval{{back, back}, CoverageEdge::kClockStep, CoverageEdge::kNow},
          CoverageInterval{{start, before}, CoverageEdge::kStart, CoverageEdge::kClockStep}));
  EXPECT_THAT(names(store_->evidence(about("192.0.2.1", back))),
              ElementsAre("b.example", "a.example"));

  clock_.set_wall(before + Seconds(7200));
  EXPECT_FALSE(store_->coverage().covers({before + Seconds(10), before + Seconds(7100)}));
}

TEST_F(StoreTest, ends_the_coverage_with_a_crash_also_when_the_clock_was_ahead_before) {
  const Answer answer = answer_of("a.example", {"192.0.2.1"});
  deliver_now(answer, "10.0.0.1");
  const WallTime ahead = clock_.wall();
  clock_.set_wall(ahead - Seconds(3600));
  deliver_now(answer, "10.0.0.1");
  deliver_now(answer, "10.0.0.1");
  const WallTime crashed = clock_.wall();
  const std::string image = folder_.path() + "/image";
  take_image(options_.path, image);
  options_.path = image;
  clock_.advance(Seconds(600));
  reopen();
  EXPECT_TRUE(store_->coverage().covers({crashed, crashed}));
  EXPECT_FALSE(store_->coverage().covers({crashed + Seconds(1), crashed + Seconds(1)}));
  EXPECT_TRUE(store_->coverage().covers({ahead, ahead}));
}

TEST_F(StoreTest, keeps_deliveries_in_order_when_the_clock_steps_a_little) {
  deliver_now(answer_of("a.example", {"192.0.2.1"}), "10.0.0.1");
  clock_.set_wall(clock_.wall() - Milliseconds(150));
  deliver(*store_, answer_of("b.example", {"192.0.2.1"}), "10.0.0.1", clock_.wall());
  clock_.advance(Seconds(1));
  EXPECT_THAT(names(store_->evidence(about("192.0.2.1", clock_.wall()))),
              ElementsAre("b.example", "a.example"));
  EXPECT_EQ(store_->coverage().intervals().size(), 2U) << "it says that some times came twice";
}

// A fold has them in the order of their numbers, and the tail in that in which they were told.
TEST_F(StoreTest, those_told_at_one_moment_come_in_one_order_before_and_after_a_fold) {
  std::vector<Answer> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(answer_of("n" + std::to_string(i) + ".example", {"192.0.2.1"}));
    store_->remember(answers.back());
  }
  for (size_t i = 0; i < answers.size(); ++i) {
    deliver(*store_, answers[(7 * i) % answers.size()], "10.0.0.1", clock_.wall());
  }
  EvidenceQuery query = about("192.0.2.1", clock_.wall() + Seconds(1));
  const std::vector<std::string> order = names(store_->evidence(query));
  EXPECT_EQ(order.size(), answers.size());
  for (int folded = 0; folded < 2; ++folded) {
    EXPECT_EQ(names(store_->evidence(query)), order);
    query.client = ip("10.0.0.1");
    EXPECT_EQ(names(store_->evidence(query)), order);
    ASSERT_TRUE(store_->fold().ok());
  }
  EXPECT_EQ(names(store_->evidence(query)), order);
}

TEST_F(StoreTest, folds_by_itself_when_the_tail_is_full) {
  options_.tail_deliveries_max = 1000;
  reopen();
  const AnswerId id = store_->remember(answer_of("www.example.com", {"192.0.2.1"}));
  const std::vector<Delivery> turn(100, Delivery{clock_.wall(), ip("10.0.0.1"), id, 300});
  for (int i = 0; i < 25; ++i) {
    ASSERT_EQ(store_->record(turn), Recorded::kYes);
  }
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_GE(store_->statistics().folds, 3U);
  EXPECT_EQ(evidence("192.0.2.1")[0].deliveries, 2500U);
}

TEST_F(StoreTest, folds_by_itself_when_different_answers_fill_the_memory) {
  options_.tail_bytes_max = 1 << 20;
  reopen();
  for (int i = 0; i < 5000; ++i) {
    deliver_now(answer_of("n" + std::to_string(i) + ".example", {"192.0.2.1"}), "10.0.0.1");
  }
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_GE(store_->statistics().folds, 3U);
  EXPECT_EQ(evidence("192.0.2.1").size(), 5000U);
}

}  // namespace
}  // namespace etymon::store

// Listings of the store: which deliveries they tell, and page by page.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/store/store_fixture.h"

namespace etymon::store {
namespace {

using StoreListingTest = StoreTest;

TEST_F(StoreListingTest, lists_deliveries_without_addresses_by_name_and_by_client) {
  Answer gone = answer_of("gone.example", {});
  gone.rcode = Rcode::kNxDomain;
  Answer text = answer_of("text.example", {});
  text.question.type = RecordType::kTxt;
  const Answer blocked = answer_of("blocked.example", {});
  deliver_now(gone, "10.0.0.1");
  deliver_now(text, "10.0.0.2");
  const Delivery one{.at = clock_.wall(),
                     .client = ip("10.0.0.3"),
                     .answer = store_->remember(blocked),
                     .origin = Origin::kLocal};
  ASSERT_EQ(store_->record({&one, 1}), Recorded::kYes);
  deliver_now(answer_of("www.example", {"192.0.2.1"}), "10.0.0.4");
  const auto found = [&](const DeliveryQuery& query, const Answer& answer, const char* client) {
    const auto page = *store_->deliveries(query);
    return page.size() == 1 && *page[0].answer == answer && page[0].client == ip(client);
  };
  for (int round = 0; round < 2; ++round) {
    for (const auto& [answer, client] : {std::pair(gone, "10.0.0.1"), std::pair(text, "10.0.0.2"),
                                         std::pair(blocked, "10.0.0.3")}) {
      DeliveryQuery by_client{.span = {WallTime(), clock_.wall()}};
      by_client.client = ip(client);
      EXPECT_TRUE(found(by_client, answer, client)) << client;
      DeliveryQuery by_name{.span = {WallTime(), clock_.wall()}};
      by_name.name = answer.question.name;
      EXPECT_TRUE(found(by_name, answer, client)) << client;
    }
    DeliveryQuery refused{.span = {WallTime(), clock_.wall()}};
    refused.rcode = Rcode::kNxDomain;
    EXPECT_TRUE(found(refused, gone, "10.0.0.1"));
    ASSERT_TRUE(store_->fold().ok());
  }
}

// Of a long history a listing of some days passes over the others, of each name in each of its
// roles, and misses nothing.
TEST_F(StoreListingTest, finds_some_days_of_a_long_history_by_name_and_by_subtree) {
  const Answer asked = answer_of("www.example", {"192.0.2.1"}, {"cdn.example"});
  const Answer other = answer_of("cdn.example", {"192.0.2.1"});
  constexpr int kDays = 40;
  std::vector<WallTime> days;
  for (int day = 0; day < kDays; ++day) {
    clock_.advance(std::chrono::days(1));
    deliver_now(asked, "10.0.0.1");
    deliver_now(other, "10.0.0.2");
    days.push_back(clock_.wall());
  }
  ASSERT_TRUE(store_->fold().ok());
  const auto found = [&](int first, int last, const std::string& name, NameMatch match) {
    DeliveryQuery query{.span = {days.at(static_cast<size_t>(first)) - std::chrono::hours(1),
                                 days.at(static_cast<size_t>(last))}};
    query.name = *DomainName::from_text(name);
    query.match = match;
    return store_->deliveries(query)->size();
  };
  for (int first = 0; first < kDays; ++first) {
    for (const int last : {first, std::min(first + 7, kDays - 1)}) {
      const auto expected = static_cast<size_t>(last - first + 1);
      EXPECT_EQ(found(first, last, "www.example", NameMatch::kExact), expected) << first;
      EXPECT_EQ(found(first, last, "cdn.example", NameMatch::kExact), 2 * expected) << first;
      EXPECT_EQ(found(first, last, "example", NameMatch::kSubtree), 2 * expected) << first;
    }
  }
}

TEST_F(StoreListingTest, pages_stay_where_they_are_while_deliveries_come) {
  for (int i = 0; i < 10; ++i) {
    deliver_now(answer_of("n" + std::to_string(i) + ".example", {"192.0.2.1"}), "10.0.0.1");
  }
  DeliveryQuery query{.span = {WallTime(), WallTime::max()}, .limit = 4};
  std::vector<std::string> names;
  for (auto page = *store_->deliveries(query); !page.empty(); page = *store_->deliveries(query)) {
    for (const RecordedDelivery& one : page) {
      names.push_back(one.answer->question.name.text());
    }
    query.from = position_behind(page, query.from);
    deliver_now(answer_of("new.example", {"192.0.2.1"}), "10.0.0.1");
    ASSERT_TRUE(store_->fold().ok());
  }
  ASSERT_EQ(names.size(), 10U);
  EXPECT_EQ(names.front(), "n9.example");
  EXPECT_EQ(names.back(), "n0.example");
}

TEST_F(StoreListingTest, pages_tell_each_of_many_deliveries_of_one_moment_once) {
  // A text log has whole seconds: a thousand deliveries of one moment, some of them alike.
  std::vector<Observed> observed;
  for (int i = 0; i < 1000; ++i) {
    observed.push_back({.at = clock_.wall() - Seconds(60),
                        .client = ip("10.0.0." + std::to_string(i % 250)),
                        .answer = answer_of("www.example", {"192.0.2.1"}),
                        .validity_s = 60});
  }
  ASSERT_TRUE(store_->ingest(observed).ok());
  DeliveryQuery all{.span = {WallTime(), clock_.wall()}, .limit = 10'000};
  const size_t kept = store_->deliveries(all)->size();
  for (const size_t limit : {size_t{1}, size_t{3}, size_t{7}, size_t{100}}) {
    DeliveryQuery query{.span = {WallTime(), clock_.wall()}, .limit = limit};
    size_t told = 0;
    for (auto page = *store_->deliveries(query); !page.empty(); page = *store_->deliveries(query)) {
      told += page.size();
      query.from = position_behind(page, query.from);
    }
    EXPECT_EQ(told, kept) << limit;
  }
}

TEST_F(StoreListingTest, a_listing_that_nobody_waits_for_is_stopped) {
  deliver_now(answer_of("www.example", {"192.0.2.1"}), "10.0.0.1");
  const DeliveryQuery query{.span = {WallTime(), clock_.wall()},
                            .should_stop = [] { return true; }};
  EXPECT_EQ(store_->page(query).error().code, ErrorCode::kUnavailable);
}

// The pages of a listing that is stopped each time after some more looks, until one brings it on.
std::vector<RecordedDelivery> in_short_looks(const Store& store, DeliveryQuery query, int& cut) {
  std::vector<RecordedDelivery> told;
  for (int looks = 1;; ++looks) {
    int looked = 0;
    query.should_stop = [&] { return ++looked > looks; };
    const auto page = store.page(query);
    if (!page) {
      EXPECT_EQ(page.error().code, ErrorCode::kUnavailable);
      continue;
    }
    EXPECT_LE(page->deliveries.size(), query.limit);
    told.insert(told.end(), page->deliveries.begin(), page->deliveries.end());
    cut += page->next && page->deliveries.size() < query.limit ? 1 : 0;
    if (!page->next) {
      return told;
    }
    query.from = page->next;
    looks /= 2;
  }
}

// By the looks that it takes, each for a row at least.
TEST_F(StoreListingTest, what_may_leave_others_alone_reads_none_of_their_rows) {
  DeliveryQuery query{.client = ip("10.0.0.1"), .name = *DomainName::from_text("www.example")};
  const auto looks = [&](OthersRows others) {
    int looked = 0;
    query.span = {WallTime(), clock_.wall()};
    query.others = others;
    query.should_stop = [&looked] { return ++looked == 0; };
    EXPECT_EQ(store_->page(query)->deliveries.size(), 1U);
    return looked;
  };
  deliver_now(answer_of("www.example", {"192.0.2.1"}), "10.0.0.1");
  ASSERT_TRUE(store_->fold().ok());
  const int alone = looks(OthersRows::kLeftAlone);
  for (int day = 0; day < 40; ++day) {
    clock_.advance(std::chrono::days(1));
    deliver_now(answer_of("www.example", {"192.0.2.1"}), "10.0.0.2");
  }
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_EQ(looks(OthersRows::kLeftAlone), alone);
  EXPECT_GT(looks(OthersRows::kRead), alone) << "where the name has few rows";
}

TEST_F(StoreListingTest, what_is_stopped_goes_on_behind_the_last_hour_that_was_read) {
  for (int hour = 0; hour < 60; ++hour) {
    clock_.advance(std::chrono::hours(hour % 7 == 0 ? 30 : 1));
    for (int client = 1; client <= 3; ++client) {
      deliver_now(answer_of("n" + std::to_string(client) + ".example",
                            {"192.0.2." + std::to_string(client), "192.0.2.9"}),
                  "10.0.0." + std::to_string(client));
    }
    if (hour == 50) {
      ASSERT_TRUE(store_->fold().ok());
    }
  }
  std::vector<DeliveryQuery> wanted(5);
  wanted[1].client = ip("10.0.0.2");
  wanted[2].name = *DomainName::from_text("example");
  wanted[2].match = NameMatch::kSubtree;
  wanted[3].address = *IpPrefix::from_text("192.0.2.9");
  wanted[4].client = ip("10.0.0.2");
  wanted[4].name = *DomainName::from_text("n2.example");
  wanted[4].others = OthersRows::kLeftAlone;
  for (DeliveryQuery query : wanted) {
    query.span = {WallTime(), clock_.wall()};
    query.limit = 50;
    for (const auto order : {ListingOrder::kNewestFirst, ListingOrder::kOldestFirst}) {
      query.order = order;
      int cut = 0;
      const auto told = in_short_looks(*store_, query, cut);
      EXPECT_GT(cut, 0) << "no page was stopped";
      DeliveryQuery all = query;
      all.limit = 10'000;
      const auto expected = *store_->deliveries(all);
      ASSERT_EQ(told.size(), expected.size());
      for (size_t i = 0; i < told.size(); ++i) {
        ASSERT_EQ(told[i].sighting, expected[i].sighting) << i;
        ASSERT_EQ(told[i].client, expected[i].client) << i;
      }
    }
  }
}

// The tail is read answer by answer: of one that was looked at already nothing more is found.
TEST_F(StoreListingTest, a_page_never_tells_a_delivery_without_one_that_came_before_it) {
  const Answer first = answer_of("first.example", {"192.0.2.1"});
  const Answer second = answer_of("second.example", {"192.0.2.2"});
  deliver_now(first, "10.0.0.1");
  deliver_now(second, "10.0.0.1");
  int looked = 0;
  DeliveryQuery query{.span = {WallTime(), WallTime::max()}, .order = ListingOrder::kOldestFirst};
  query.should_stop = [&] {
    if (++looked == 2) {
      deliver_now(first, "10.0.0.2");
      deliver_now(second, "10.0.0.3");
    }
    return false;
  };
  std::vector<RecordedDelivery> told = store_->page(query)->deliveries;
  ASSERT_GE(looked, 2);
  query.from = position_behind(told, std::nullopt);
  const auto rest = *store_->page(query);
  told.insert(told.end(), rest.deliveries.begin(), rest.deliveries.end());
  std::vector<std::string> clients;
  for (const RecordedDelivery& one : told) {
    clients.push_back(one.client.text());
  }
  EXPECT_EQ(clients, (std::vector<std::string>{"10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3"}));
}

TEST_F(StoreListingTest, refuses_a_listing_without_a_limit_or_with_a_span_backwards) {
  const DeliveryQuery no_limit{.span = {WallTime(), clock_.wall()}, .limit = 0};
  EXPECT_EQ(store_->deliveries(no_limit).error().code, ErrorCode::kInvalidArgument);
  const DeliveryQuery backwards{.span = {clock_.wall(), WallTime()}};
  EXPECT_EQ(store_->deliveries(backwards).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace etymon::store

// What comes first in a listing, of much that is given in any order.
#include "store/reading/listing_page.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "store/tables/answer_codec.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

const KnownAnswerPtr kKnown =
    std::make_shared<const KnownAnswer>(1, encode_answer(answer_of("www.example", {"192.0.2.1"})));

constexpr size_t kLimit = 10;

// Three clients are told in each second; the page ends among those of the fourth.
std::vector<std::pair<WallTime, IpAddress>> times(ListingOrder order, int seconds) {
  std::vector<std::pair<WallTime, IpAddress>> times;
  for (int second = 1; second <= seconds; ++second) {
    const WallTime at(Seconds(order == ListingOrder::kNewestFirst ? -second : second));
    for (const char* client : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
      times.emplace_back(at, ip(client));
    }
  }
  return times;
}

TEST(ListingPage, has_what_comes_first_in_whatever_order_it_is_given) {
  constexpr int kSeconds = 4000;  // so many are not kept at a time
  for (const auto order : {ListingOrder::kNewestFirst, ListingOrder::kOldestFirst}) {
    DeliveryQuery query{.limit = kLimit, .order = order};
    auto given = times(order, kSeconds);
    ListingPage forwards(query);
    ListingPage backwards(query);
    for (const auto& [at, client] : given) {
      forwards.add(client, kKnown, {at, 60});
    }
    std::ranges::reverse(given);
    for (const auto& [at, client] : given) {
      backwards.add(client, kKnown, {at, 60});
    }
    const auto page = forwards.take();
    const auto same = backwards.take();
    ASSERT_EQ(page.size(), kLimit);
    ASSERT_EQ(same.size(), kLimit);
    for (size_t i = 0; i < kLimit; ++i) {
      EXPECT_EQ(page[i].sighting.at, times(order, 4)[i].first);
      EXPECT_EQ(page[i].client, same[i].client);
    }
  }
}

// At its last time others may still come before what it has.
TEST(ListingPage, has_no_room_behind_its_last_once_it_knows_as_many_as_it_wants) {
  const WallTime fourth(Seconds(4));
  const WallTime fifth(Seconds(5));
  ListingPage page({.limit = kLimit, .order = ListingOrder::kOldestFirst});
  EXPECT_TRUE(page.has_room_for(fifth));
  for (const auto& [at, client] : times(ListingOrder::kOldestFirst, 4000)) {
    page.add(client, kKnown, {at, 60});
  }
  EXPECT_FALSE(page.has_room_for(fifth));
  EXPECT_TRUE(page.has_room_for(fourth));
}

}  // namespace
}  // namespace etymon::store

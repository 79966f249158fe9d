#include "store/tables/row_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>

namespace etymon::store {
namespace {

constexpr auto kPair = RowCache::Kind::kPair;

CachedRowsPtr rows(std::string octets) {
  return std::make_shared<const CachedRows>(CachedRows{0, std::move(octets)});
}

std::string text(const RowCache::Found& found) {
  return found.rows == nullptr ? "nothing" : found.rows->octets;
}

TEST(RowCache, finds_what_was_kept_by_kind_and_key) {
  RowCache cache(1 << 20);
  cache.keep(0, kPair, "key", rows("a pair's"));
  cache.keep(0, RowCache::Kind::kDeliveries, "key", rows("an hour's"));
  EXPECT_EQ(text(cache.find(0, kPair, "key")), "a pair's");
  EXPECT_EQ(text(cache.find(0, RowCache::Kind::kDeliveries, "key")), "an hour's");
  EXPECT_EQ(text(cache.find(0, RowCache::Kind::kByAddress, "key")), "nothing");
  EXPECT_EQ(text(cache.find(0, kPair, "another")), "nothing");
}

TEST(RowCache, a_change_of_the_tables_empties_it) {
  RowCache cache(1 << 20);
  cache.keep(0, kPair, "key", rows("before"));
  cache.begin(1);
  EXPECT_EQ(text(cache.find(1, kPair, "key")), "nothing");
  EXPECT_EQ(text(cache.find(0, kPair, "key")), "nothing");
}

TEST(RowCache, what_an_older_view_read_is_not_kept) {
  RowCache cache(1 << 20);
  cache.begin(1);
  cache.keep(0, kPair, "key", rows("from before the change"));
  EXPECT_EQ(text(cache.find(1, kPair, "key")), "nothing");
}

TEST(RowCache, an_older_view_does_not_find_what_came_after_it) {
  RowCache cache(1 << 20);
  cache.begin(1);
  cache.keep(1, kPair, "key", rows("new"));
  EXPECT_EQ(text(cache.find(0, kPair, "key")), "nothing");
}

TEST(RowCache, what_is_asked_for_stays_and_the_rest_makes_room) {
  RowCache cache(100'000);
  cache.keep(0, kPair, "wanted", rows("wanted"));
  cache.keep(0, kPair, "not wanted", rows("not wanted"));
  for (int i = 0; i < 1000; ++i) {
    cache.keep(0, kPair, std::to_string(i), rows(std::string(1000, 'x')));
    ASSERT_EQ(text(cache.find(0, kPair, "wanted")), "wanted") << i;
  }
  EXPECT_EQ(text(cache.find(0, kPair, "not wanted")), "nothing");
  EXPECT_EQ(text(cache.find(0, kPair, "0")), "nothing");
}

TEST(RowCache, holds_no_more_than_its_room) {
  RowCache cache(100'000);
  std::weak_ptr<const CachedRows> all[1000];
  for (int i = 0; i < 1000; ++i) {
    const CachedRowsPtr one = rows(std::string(1000, 'x'));
    all[i] = one;
    cache.keep(0, kPair, std::to_string(i), one);
  }
  const auto held =
      std::count_if(std::begin(all), std::end(all), [](const auto& one) { return !one.expired(); });
  EXPECT_LE(held, 100);
  EXPECT_GE(held, 40);
}

TEST(RowCache, what_is_looked_for_again_is_worth_keeping) {
  RowCache cache(1 << 20);
  EXPECT_FALSE(cache.find(0, kPair, "key").is_worth_keeping);
  EXPECT_FALSE(cache.find(0, RowCache::Kind::kDeliveries, "key").is_worth_keeping);
  EXPECT_FALSE(cache.find(0, kPair, "another").is_worth_keeping);
  EXPECT_TRUE(cache.find(0, kPair, "key").is_worth_keeping);
  cache.begin(1);
  EXPECT_TRUE(cache.find(1, kPair, "another").is_worth_keeping) << "whatever changed meanwhile";
}

TEST(RowCache, what_is_looked_for_once_in_a_long_while_is_not) {
  RowCache cache(100'000);
  int wanted = 0;
  for (int i = 0; i < 20'000; ++i) {
    wanted += cache.find(0, kPair, std::to_string(i % 10'000)).is_worth_keeping ? 1 : 0;
  }
  EXPECT_EQ(wanted, 0);
}

TEST(RowCache, without_room_keeps_nothing) {
  RowCache cache(0);
  cache.keep(0, kPair, "key", rows("x"));
  EXPECT_EQ(text(cache.find(0, kPair, "key")), "nothing");
}

}  // namespace
}  // namespace etymon::store

// Who was told last of a network, from the hours of `deliveries` alone.
#include "store/reading/recent_pairs.h"

#include <gtest/gtest.h>

#include "store/store_opener.h"
#include "store/tables/tables.h"
#include "tests/unit/store/store_fixture.h"

namespace etymon::store {
namespace {

constexpr Seconds kHour = std::chrono::hours(1);

class RecentPairsTest : public StoreTest {
 protected:
  // A name of its own for each address, told at the beginning of an hour.
  void tell(int hour, const std::string& address, const std::string& client) {
    const Observed one{at(hour), ip(client), answer_of("of-" + address, {address}), 60};
    ASSERT_TRUE(store_->ingest(std::vector{one}).ok());
  }

  WallTime at(int hour) const { return begin_ + hour * kHour; }

  // What `query` finds, once all is in the tables.
  std::optional<RecentPairs> ask(RecentQuery query, const Kept& kept = {}) {
    EXPECT_TRUE(store_->fold().ok());
    store_.reset();
    const auto tables =
        std::move(*Tables::open(options_.path + "/tables", *rocksdb::Env::Default(), 1 << 20));
    AnswerBook book(*tables, 0, {.capacity = 10});
    auto rows = std::move(*tables->address_rows());
    return *recent_pairs(query, rows->hours, kept, book);
  }

  RecentQuery newest(size_t rows) const {
    return {.addresses = *IpPrefix::from_text("192.0.2.0/24"),
            .span = {begin_, at(100)},
            .rows = rows,
            .looked_at = 10'000,
            .should_stop = never_};
  }

  static std::vector<Pair> pairs(const std::vector<std::pair<std::string, std::string>>& texts) {
    std::vector<Pair> pairs;
    for (const auto& [address, client] : texts) {
      pairs.push_back({ip(address), ip(client)});
    }
    return pairs;
  }

  const WallTime begin_ = start_of_hour(hour_of(clock_.wall()) - 200);
  const std::function<bool()> never_;
};

TEST_F(RecentPairsTest, reads_no_further_back_than_so_many_rows_lie) {
  tell(1, "192.0.2.1", "10.0.0.1");
  tell(5, "192.0.2.2", "10.0.0.1");
  tell(5, "198.51.100.1", "10.0.0.1");
  tell(9, "192.0.2.1", "10.0.0.2");
  const auto found = ask(newest(2));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->since, at(5));
  EXPECT_EQ(found->pairs, pairs({{"192.0.2.1", "10.0.0.2"}, {"192.0.2.2", "10.0.0.1"}}));
}

TEST_F(RecentPairsTest, what_was_told_again_and_again_is_one_row) {
  tell(1, "192.0.2.1", "10.0.0.1");
  for (int hour = 5; hour < 9; ++hour) {
    tell(hour, "192.0.2.2", "10.0.0.1");
  }
  const auto found = ask(newest(2));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->since, at(1));
  EXPECT_EQ(found->pairs.size(), 2U);
}

TEST_F(RecentPairsTest, what_came_after_the_moment_does_not_count) {
  tell(1, "192.0.2.1", "10.0.0.1");
  tell(5, "192.0.2.2", "10.0.0.1");
  RecentQuery query = newest(1);
  query.span.end = at(5) - Microseconds(1);
  const auto found = ask(query);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pairs, pairs({{"192.0.2.1", "10.0.0.1"}}));
}

TEST_F(RecentPairsTest, what_is_no_longer_kept_does_not_count) {
  tell(1, "192.0.2.1", "10.0.0.1");
  tell(1, "192.0.2.1", "10.0.0.2");
  Kept kept;
  kept.clients[ip("10.0.0.1")] = hour_of(at(2));
  const auto found = ask(newest(1), kept);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pairs, pairs({{"192.0.2.1", "10.0.0.2"}}));
}

TEST_F(RecentPairsTest, is_done_where_others_are_known_to_be_newer) {
  tell(1, "192.0.2.1", "10.0.0.1");
  tell(5, "192.0.2.2", "10.0.0.1");
  RecentQuery query = newest(100);
  query.at_least = at(5) - Seconds(1);
  const auto found = ask(query);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->since, *query.at_least);
  EXPECT_EQ(found->pairs, pairs({{"192.0.2.2", "10.0.0.1"}}));
}

TEST_F(RecentPairsTest, nothing_is_found_where_there_are_fewer) {
  tell(1, "192.0.2.1", "10.0.0.1");
  EXPECT_FALSE(ask(newest(2)));
}

TEST_F(RecentPairsTest, nothing_is_found_where_more_would_have_to_be_read) {
  for (int hour = 1; hour < 9; ++hour) {
    tell(hour, "198.51.100.1", "10.0.0.1");
  }
  tell(0, "192.0.2.1", "10.0.0.1");
  RecentQuery query = newest(1);
  query.span.end = at(8);
  query.looked_at = 200;
  EXPECT_TRUE(ask(query));
  reopen();
  query.looked_at = 50;
  EXPECT_FALSE(ask(query));
}

}  // namespace
}  // namespace etymon::store

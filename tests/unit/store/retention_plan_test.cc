// Who loses how much of his history when there is too much of it.
#include "store/removal/retention_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "store/tables/kept_rows.h"
#include "store/tables/sets.h"
#include "store/tables/tables.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(FairLevel, leaves_everybody_everything_when_it_fits) {
  EXPECT_EQ(fair_level({}, 0), UINT64_MAX);
  EXPECT_EQ(fair_level({1, 2, 3}, 6), UINT64_MAX);
}

TEST(FairLevel, takes_from_the_greedy_alone) {
  EXPECT_EQ(fair_level({10, 1000, 20}, 100), 70U);
  EXPECT_EQ(fair_level({500, 1000, 20}, 100), 40U);
}

TEST(FairLevel, shares_equally_among_equals) {
  EXPECT_EQ(fair_level({100, 100, 100, 100}, 200), 50U);
}

class RetentionPlanTest : public ::testing::Test {
 protected:
  void weigh(const std::string& client, Hour hour, uint64_t octets) {
    rows_[{client, ~hour}] = octets;
  }

  void write() {
    const auto file = tables_->new_file(Table::kByClient);
    std::map<std::string, std::string> sorted;
    for (const auto& [place, octets] : rows_) {
      std::string key;
      append_key(key, ClientKey{ip(place.first), ~place.second});
      append_activity(sorted[key], {1, octets});
    }
    for (const auto& [key, value] : sorted) {
      file->add(key, value);
    }
    ASSERT_TRUE(file->finish().ok());
    ASSERT_TRUE(tables_->ingest({file.get()}).ok());
  }

  Kept cut(const Cut& how, const Kept& kept = {}) {
    write();
    const rocksdb::Slice end("\xFF", 1);
    const OpenTablesPtr opened = tables_->opened();
    const auto rows = opened->scan(Table::kByClient, end);
    return *cut_to(how, kept, *rows);
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<Tables> tables_ =
      std::move(*Tables::open(folder_.path() + "/tables", *rocksdb::Env::Default(), 1 << 20));
  std::map<std::pair<std::string, Hour>, uint64_t> rows_;
};

TEST_F(RetentionPlanTest, a_noisy_client_loses_its_own_oldest_hours_and_others_nothing) {
  for (Hour hour = 100; hour < 200; ++hour) {
    weigh("10.0.0.1", hour, 1);
    weigh("10.0.0.2", hour, 2);
    weigh("10.0.0.3", hour, 50);
  }
  const Kept kept = cut({.budget = 1300, .present = 199});
  EXPECT_EQ(kept.all, 0U);
  EXPECT_THAT(kept.clients, UnorderedElementsAre(Pair(ip("10.0.0.3"), 180U)));
}

TEST_F(RetentionPlanTest, the_present_hour_is_kept_whatever_it_takes) {
  weigh("10.0.0.1", 199, 1'000'000);
  weigh("10.0.0.1", 198, 1);
  EXPECT_THAT(cut({.budget = 10, .present = 199}).clients,
              UnorderedElementsAre(Pair(ip("10.0.0.1"), 199U)));
}

// Nothing of them can go before their time comes.
TEST_F(RetentionPlanTest, hours_of_a_clock_that_was_ahead_push_nothing_out) {
  for (Hour hour = 100; hour < 200; ++hour) {
    weigh("10.0.0.1", hour, 1);
    weigh("10.0.0.1", hour + 1000, 50);
    weigh("10.0.0.2", hour, 1);
  }
  EXPECT_THAT(cut({.budget = 150, .present = 199}).clients,
              UnorderedElementsAre(Pair(ip("10.0.0.1"), 125U), Pair(ip("10.0.0.2"), 125U)));
}

TEST_F(RetentionPlanTest, nor_do_they_where_all_share_a_floor) {
  for (Hour hour = 100; hour < 200; ++hour) {
    weigh("10.0.0.1", hour, 1);
    weigh("10.0.0.1", hour + 1000, 50);
    weigh("10.0.0.2", hour, 1);
  }
  EXPECT_EQ(cut({.budget = 150, .present = 199, .own_floors_max = 1}).all, 125U);
}

TEST_F(RetentionPlanTest, what_is_gone_already_weighs_nothing) {
  weigh("10.0.0.1", 100, 1000);
  weigh("10.0.0.1", 150, 10);
  weigh("10.0.0.2", 150, 10);
  const Kept kept{.all = 120, .clients = {}};
  EXPECT_EQ(cut({.budget = 20, .present = 199}, kept), kept);
}

TEST_F(RetentionPlanTest, a_clock_that_was_set_back_lowers_no_floor) {
  weigh("10.0.0.1", 210, 1000);
  EXPECT_THAT(cut({.budget = 10, .present = 199}, {.clients = {{ip("10.0.0.1"), 205}}}).clients,
              UnorderedElementsAre(Pair(ip("10.0.0.1"), 205U)));
}

TEST_F(RetentionPlanTest, more_floors_than_memory_should_hold_become_one_for_all) {
  for (int client = 0; client < 20; ++client) {
    weigh("10.0.1." + std::to_string(client), 100, 10);
    weigh("10.0.1." + std::to_string(client), 101, 10);
  }
  const Kept kept = cut({.budget = 250, .present = 199, .own_floors_max = 5});
  EXPECT_EQ(kept.all, 101U);
  EXPECT_THAT(kept.clients, IsEmpty());
}

TEST_F(RetentionPlanTest, floors_are_on_the_disk_and_those_that_no_longer_matter_go) {
  const Kept first{.all = 5, .clients = {{ip("10.0.0.1"), 9}, {ip("2001:db8::1"), 7}}};
  ASSERT_TRUE(tables_->keep(first, 3).ok());
  const Kept second{.all = 8, .clients = {{ip("10.0.0.1"), 12}}};
  ASSERT_TRUE(tables_->keep(second, 8).ok());
  tables_.reset();
  tables_ = std::move(*Tables::open(folder_.path() + "/tables", *rocksdb::Env::Default(), 1 << 20));
  EXPECT_EQ(*tables_->kept(), second);
  EXPECT_EQ(tables_->purged(), 8U);
}

}  // namespace
}  // namespace etymon::store

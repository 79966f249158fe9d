// Repair: what comes of a store is sound, tells nothing that was not delivered, and covers nothing
// that is missing.
#include "store/upkeep/repair.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "tests/unit/store/image.h"
#include "tests/unit/store_repair/repair_fixture.h"

namespace etymon::store {
namespace {

using ::testing::IsEmpty;

TEST_F(RepairTest, a_sound_store_loses_nothing) {
  make_store();
  const RepairReport report = repaired();
  EXPECT_EQ(report.deliveries, told_.size());
  EXPECT_THAT(report.gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  for (const Fact& fact : told_) {
    EXPECT_TRUE(open()->coverage().covers({std::get<0>(fact), std::get<0>(fact)}));
    break;  // Opening it takes a while; the first is from the oldest fold.
  }
}

// The last of them are in the turn log alone.
TEST_F(RepairTest, what_was_told_right_before_a_crash_stays) {
  make_store();
  const std::string image = folder_.path() + "/image";
  {
    options_.sync_every = Milliseconds(60'000);
    const auto store = open();
    for (int i = 0; i < 3; ++i) {
      clock_.advance(Milliseconds(1));
      deliver(*store, answer_of("last.example", {"203.0.113.9"}), "10.0.0.9", clock_.wall());
    }
    told_ = facts(*store);
    take_image(options_.path, image);
  }
  options_.path = image;
  EXPECT_EQ(repaired().deliveries, told_.size());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

TEST_F(RepairTest, a_crash_ends_the_coverage_also_when_the_clock_was_ahead_before) {
  auto store = open();
  deliver_now(*store, plain_, "10.0.0.9");
  const WallTime ahead = clock_.wall();
  clock_.set_wall(ahead - Seconds(3600));
  deliver_now(*store, plain_, "10.0.0.9");
  const WallTime crashed = clock_.wall();
  const std::string image = folder_.path() + "/image";
  take_image(options_.path, image);
  options_.path = image;
  clock_.advance(Seconds(600));
  EXPECT_EQ(repaired().deliveries, 2U);
  store = open();
  EXPECT_TRUE(store->coverage().covers({crashed, crashed}));
  EXPECT_FALSE(store->coverage().covers({crashed + Seconds(1), crashed + Seconds(1)}));
  EXPECT_TRUE(store->coverage().covers({ahead, ahead}));
}

TEST_F(RepairTest, the_damaged_files_stay) {
  make_store();
  const RepairReport report = repaired();
  for (const char* file : {"/FORMAT", "/journal/CURRENT", "/tables/CURRENT"}) {
    EXPECT_TRUE(fs::exists(report.put_aside + file));
    EXPECT_TRUE(fs::exists(options_.path + file));
  }
  EXPECT_THAT(repaired().put_aside, ::testing::Ne(report.put_aside));
}

TEST_F(RepairTest, recording_goes_on_in_it) {
  make_store();
  repaired();
  {
    const auto store = open();
    deliver_some(*store, "10.0.0.9");
    told_ = facts(*store);
    ASSERT_TRUE(store->fold().ok());
  }
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

// Where the fold begins, no block of the table can be read.
TEST_F(RepairTest, what_was_folded_beside_damage_stays) {
  make_store();
  for (const std::string& file : files_of("by_name")) {
    overwrite(path("tables") + file, 0, "damage");
  }
  ASSERT_TRUE(open()->fold().ok());
  ASSERT_TRUE(StoreOpener::clear_journal(*open()).ok());
  EXPECT_EQ(repaired().deliveries, told_.size());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

// Answers without addresses are in no other table, but the journal had not let them go yet.
TEST_F(RepairTest, what_the_tables_lost_and_the_journal_still_has_is_kept) {
  {
    const auto store = open();
    deliver_now(*store, empty_, "10.0.0.1");
    told_ = facts(*store);
  }
  const std::string before = folder_.path() + "/before";
  fs::copy(path("journal"), before, fs::copy_options::recursive);
  ASSERT_TRUE(open()->fold().ok());
  for (const auto& [file, table] : files_by_table()) {
    if (table == "deliveries") {
      fs::remove(path("tables") + file);
    }
  }
  fs::remove_all(path("journal"));
  fs::rename(before, path("journal"));
  EXPECT_EQ(repaired().deliveries, 1U);
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

TEST_F(RepairTest, a_store_that_is_open_is_not_touched) {
  const auto store = open();
  const auto refused = repair(options_.path, clock_.wall());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(RepairTest, where_no_store_is_none_is_made) {
  const auto refused = repair(folder_.path(), clock_.wall());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

}  // namespace
}  // namespace etymon::store

// Repair: whatever its files suffer, a store tells what the others still say of the past.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "tests/unit/store_repair/repair_fixture.h"

namespace etymon::store {
namespace {

using ::testing::IsEmpty;

using DamageTest = RepairTest;

TEST_F(DamageTest, manifests_and_their_names_are_no_loss) {
  make_store();
  for (const char* database : {"tables", "journal"}) {
    fs::remove(path(database) + "/CURRENT");
  }
  EXPECT_THAT(repaired().gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
  for (const auto& file : fs::directory_iterator(path("tables"))) {
    if (file.path().filename().string().starts_with("MANIFEST")) {
      overwrite(file.path(), 20, std::string(100, '\xFF'));
    }
  }
  EXPECT_THAT(repaired().gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

TEST_F(DamageTest, a_manifest_is_no_loss_either_where_something_was_let_go) {
  make_store_that_let_go();
  remove_manifest_of_the_tables();
  EXPECT_THAT(repaired().gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

// No list says which files there were, and those are gone that count what was in the others.
TEST_F(DamageTest, nothing_is_covered_that_is_missing_with_the_manifest_and_the_counts) {
  make_store();
  ASSERT_TRUE(StoreOpener::clear_journal(*open()).ok());
  std::vector<std::string> gone = files_of("by_client");
  gone.push_back(files_of("deliveries").front());
  remove_files(gone);
  remove_manifest_of_the_tables();
  repaired();
  const size_t missing = missing_of_what_was_told();
  EXPECT_GT(missing, 0U);
  EXPECT_LE(missing, told_of(empty_)) << "the addresses tell of the others";
}

TEST_F(DamageTest, counts_that_are_gone_of_one_fold_are_missed_in_an_hour_that_others_count) {
  make_busy_hour(plain_, plain_);
  remove_files({files_of("by_client").back(), files_of("deliveries").back()});
  remove_manifest_of_the_tables();
  repaired();
  const size_t missing = missing_of_what_was_told();
  EXPECT_GE(missing, 1U) << "what the outline of the second fold leaves out";
  EXPECT_LE(missing, 2U) << "its first as well, where RocksDB has made one outline of both";
}

TEST_F(DamageTest, what_was_lost_with_its_count_is_missed_where_a_name_tells_of_it) {
  make_busy_hour(plain_, empty_);
  remove_files({files_of("by_client").back(), files_of("deliveries").back()});
  remove_manifest_of_the_tables();
  repaired();
  EXPECT_EQ(missing_of_what_was_told(), 3U);
}

TEST_F(DamageTest, a_lost_format_file_is_no_loss) {
  make_store();
  fs::remove(path("FORMAT"));
  EXPECT_THAT(repaired().gaps, IsEmpty());
  EXPECT_EQ(missing_of_what_was_told(), 0U);
}

using Damage = std::function<void(const std::string& file)>;

// A table that says nothing which the others do not say as well. A file has its table's name in it.
bool is_of_derived_table(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  return std::ranges::any_of(
      std::initializer_list<const char*>{"answer_ids", "by_address", "by_client", "by_name"},
      [&](const char* table) { return text.find(table) != std::string::npos; });
}

class DamagedFileTest : public RepairTest, public ::testing::WithParamInterface<std::string> {
 protected:
  static constexpr size_t kWays = 4;

  size_t way() const {
    const std::vector<std::string> names = {"data", "page", "footer", "gone"};
    return static_cast<size_t>(std::ranges::find(names, GetParam()) - names.begin());
  }

  Damage damage() const {
    const std::map<std::string, Damage> ways = {
        {"data", [](const std::string& file) { overwrite(file, 20, "\xFF\x01\xFF"); }},
        {"page",
         [](const std::string& file) {
           overwrite(file, fs::file_size(file) / 2,
                     std::string(std::min<size_t>(4096, fs::file_size(file) / 2), '\0'));
         }},
        {"footer",
         [](const std::string& file) {
           overwrite(file, fs::file_size(file) - 30, std::string(30, '\x55'));
         }},
        {"gone", [](const std::string& file) { fs::remove(file); }}};
    return ways.at(GetParam());
  }
};

TEST_P(DamagedFileTest, of_a_table_leaves_the_others_to_tell_the_past) {
  make_store();
  const std::string sound = folder_.path() + "/sound";
  fs::copy(options_.path, sound, fs::copy_options::recursive);
  std::vector<std::string> all = files(".sst");
  std::ranges::sort(all);
  for (size_t i = way(); i < all.size(); i += kWays) {  // Each file suffers one of the ways.
    const std::string& file = all[i];
    fs::remove_all(options_.path);
    fs::copy(sound, options_.path, fs::copy_options::recursive);
    const bool is_derived = is_of_derived_table(file);
    damage()(file);
    SCOPED_TRACE(file);
    repaired();
    EXPECT_LT(missing_of_what_was_told(), told_.size());
    EXPECT_TRUE(!is_derived || missing_of_what_was_told() == 0);
  }
}

TEST_P(DamagedFileTest, of_the_journal_costs_its_own_time_only) {
  make_store();
  for (const std::string& file : files(".log")) {
    if (file.find("journal") != std::string::npos && fs::file_size(file) > 100) {
      damage()(file);
    }
  }
  repaired();
  EXPECT_LE(missing_of_what_was_told(), 100U);  // those that were not folded
}

INSTANTIATE_TEST_SUITE_P(Ways, DamagedFileTest, ::testing::Values("data", "page", "footer", "gone"),
                         [](const auto& test) { return test.param; });

TEST_F(DamageTest, lost_deliveries_are_told_by_the_addresses) {
  make_store();
  for (const std::string& file : files(".sst")) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    if (text.find("deliveries") != std::string::npos &&
        file.find("/tables/") != std::string::npos) {
      fs::remove(file);  // The compacted one: ingested files do not name their table.
    }
  }
  repaired();
  const size_t missing = missing_of_what_was_told();
  EXPECT_GT(missing, 0U);
  EXPECT_LE(missing, told_of(empty_)) << "answers without an address are told nowhere else";
}

TEST_F(DamageTest, lost_deliveries_of_a_busy_hour_leave_what_its_outlines_show) {
  {
    const auto store = open();
    for (int fold = 0; fold < 2; ++fold) {
      for (int told = 0; told < 3; ++told) {
        clock_.advance(Seconds(60));
        deliver(*store, answer_of("busy.example", {"203.0.113.9"}), "10.0.0.9", clock_.wall());
      }
      ASSERT_TRUE(store->fold().ok());
    }
    ASSERT_TRUE(StoreOpener::clear_journal(*store).ok());  // Else it has some of them, too.
    told_ = facts(*store);
    ASSERT_EQ(told_.size(), 6U);
    ASSERT_EQ(hour_of(std::get<0>(*told_.begin())), hour_of(std::get<0>(*told_.rbegin())));
  }
  for (const auto& [file, table] : files_by_table()) {
    if (table == "deliveries") {
      fs::remove(path("tables") + file);
    }
  }
  repaired();
  const size_t missing = missing_of_what_was_told();
  EXPECT_GE(missing, 2U) << "the second of each fold";
  EXPECT_LE(missing, 4U) << "all but the first and the last, where RocksDB has made one of both";
  const std::set<Fact> left = facts(*open());
  EXPECT_EQ(*left.begin(), *told_.begin());
  EXPECT_EQ(*left.rbegin(), *told_.rbegin());
}

}  // namespace
}  // namespace etymon::store

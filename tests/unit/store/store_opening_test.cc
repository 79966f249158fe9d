// Where a store may be opened, and where that would lose something.
#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "store/files/format_file.h"
#include "store/journal/journal_database.h"
#include "store/store_opener.h"
#include "store/tables/tables.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/faulty_disk.h"
#include "tests/unit/store/store_fixture.h"

namespace etymon::store {
namespace {

using ::testing::HasSubstr;

TEST_F(StoreTest, refuses_a_folder_that_is_in_use) {
  const auto second = Store::open(options_, clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(second.error().message, HasSubstr(options_.path));
}

TEST_F(StoreTest, refuses_a_newer_format_and_leaves_it_alone) {
  store_.reset();
  std::ofstream(options_.path + "/FORMAT") << "etymon store format " << kFormatVersion + 1 << "\n";
  const auto files = [&] {
    std::vector<std::string> all;
    for (const auto& file : std::filesystem::recursive_directory_iterator(options_.path)) {
      all.push_back(file.path().string() + " " +
                    std::to_string(file.last_write_time().time_since_epoch().count()));
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  const auto before = files();
  const auto opened = Store::open(options_, clock_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(opened.error().message, HasSubstr("format " + std::to_string(kFormatVersion + 1)));
  EXPECT_EQ(files(), before);
}

TEST_F(StoreTest, refuses_data_whose_format_is_not_told) {
  store_.reset();
  std::filesystem::remove(options_.path + "/FORMAT");
  EXPECT_EQ(Store::open(options_, clock_).error().code, ErrorCode::kDataLoss);
}

// RocksDB would begin an empty one in its place and remove the files, and the coverage would call
// all that was in it never delivered.
TEST_F(StoreTest, begins_no_new_database_where_one_was) {
  namespace fs = std::filesystem;
  deliver_now(answer_of("www.example.com", {"192.0.2.1"}), "10.0.0.1");
  ASSERT_TRUE(store_->fold().ok());
  store_.reset();
  const std::string whole = folder_.path() + "/whole";
  fs::copy(options_.path, whole, fs::copy_options::recursive);
  for (const std::vector<std::string>& missing : {std::vector<std::string>{"/tables/CURRENT"},
                                                  {"/tables"},
                                                  {"/journal/CURRENT"},
                                                  {"/journal"},
                                                  {"/journal/CURRENT", "/tables/CURRENT"}}) {
    fs::remove_all(options_.path);
    fs::copy(whole, options_.path, fs::copy_options::recursive);
    for (const std::string& name : missing) {
      fs::remove_all(options_.path + name);
    }
    const auto opened = Store::open(options_, clock_);
    ASSERT_FALSE(opened.ok()) << missing.front();
    EXPECT_EQ(opened.error().code, ErrorCode::kDataLoss) << opened.error().message;
    for (const std::string& name : missing) {
      fs::copy(whole + name, options_.path + name, fs::copy_options::recursive);
    }
    reopen();
    EXPECT_EQ(evidence("192.0.2.1").size(), 1U) << missing.front();
    store_.reset();
  }
}

TEST_F(StoreTest, a_start_leaves_no_log_in_the_tables_for_each_start_before) {
  const auto logs = [&] {
    return std::ranges::count_if(
        std::filesystem::directory_iterator(options_.path + "/tables"),
        [](const auto& file) { return file.path().extension() == ".log"; });
  };
  for (int start = 0; start < 5; ++start) {
    deliver_now(answer_of("www.example.com", {"192.0.2.1"}), "10.0.0.1");
    ASSERT_TRUE(store_->fold().ok());
    reopen();
  }
  EXPECT_LE(logs(), 1);
  EXPECT_EQ(evidence("192.0.2.1").front().deliveries, 5U);
}

TEST_F(StoreTest, says_of_a_damaged_store_and_of_a_full_disk_what_to_do) {
  deliver_now(answer_of("www.example.com", {"192.0.2.1"}), "10.0.0.1");
  store_.reset();
  FaultyDisk disk;
  disk.leave_room(0);
  const auto on_full = StoreOpener::open(options_, clock_, disk.env());
  ASSERT_FALSE(on_full.ok());
  EXPECT_EQ(on_full.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(on_full.error().message, HasSubstr("a start needs room for what its journal holds"));

  for (const auto& file : std::filesystem::directory_iterator(options_.path + "/tables")) {
    if (file.path().filename().string().starts_with("MANIFEST-")) {
      std::filesystem::resize_file(file.path(), 10);
    }
  }
  const auto damaged = Store::open(options_, clock_);
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(damaged.error().message, HasSubstr("etymond --repair keeps what can be read"));
}

// The databases are made one after the other, and each of them name by name.
TEST_F(StoreTest, starts_where_its_first_start_ended) {
  namespace fs = std::filesystem;
  store_.reset();
  fs::remove_all(options_.path + "/tables");
  fs::create_directory(options_.path + "/tables");
  std::ofstream(options_.path + "/tables/MANIFEST-000001") << "the beginning";
  fs::remove_all(options_.path + "/journal");
  fs::create_directory(options_.path + "/journal");
  std::ofstream(options_.path + "/journal/000001.dbtmp") << "MANIFEST-0";
  reopen();
  store_.reset();
  fs::remove_all(options_.path);
  fs::create_directory(options_.path);
  ASSERT_TRUE(write_format(options_.path, *rocksdb::Env::Default()).ok());
  ASSERT_TRUE(JournalDatabase::open(options_.path + "/journal", *rocksdb::Env::Default()).ok());
  reopen();
  EXPECT_EQ(deliver_now(answer_of("www.example.com", {"192.0.2.1"}), "10.0.0.1"), Recorded::kYes);
}

// As of a service that is started every other second, all night.
TEST_F(StoreTest, starts_that_come_to_nothing_leave_the_coverage_as_it_was) {
  for (int start = 0; start < 3; ++start) {
    clock_.advance(Seconds(2));
    reopen();
    ASSERT_TRUE(store_->close_uncovered().ok());
  }
  clock_.advance(Seconds(2));
  reopen();
  const std::vector<CoverageInterval> intervals = store_->coverage().intervals();
  ASSERT_EQ(intervals.size(), 2U);
  EXPECT_EQ(intervals[0].ended, CoverageEdge::kStop);
  EXPECT_EQ(intervals[1].span.start, clock_.wall());
}

TEST_F(StoreTest, a_start_that_finds_damage_leaves_the_coverage_as_it_was) {
  store_.reset();
  const auto with_tables = [&](const std::function<rocksdb::Status(const OpenTables&)>& change) {
    const auto tables = Tables::open(options_.path + "/tables", *rocksdb::Env::Default(), 1 << 20);
    ASSERT_TRUE(tables.ok());
    EXPECT_TRUE(change(*(*tables)->opened()).ok());
  };
  const std::string record_of_forgetting = "\x04";
  with_tables([&](const OpenTables& opened) {
    return opened.db().Put({}, opened.family(Table::kKept), record_of_forgetting, "damage");
  });
  clock_.advance(Seconds(2));
  EXPECT_EQ(Store::open(options_, clock_).error().code, ErrorCode::kDataLoss);
  with_tables([&](const OpenTables& opened) {
    return opened.db().Delete({}, opened.family(Table::kKept), record_of_forgetting);
  });
  reopen();
  EXPECT_EQ(store_->coverage().intervals().size(), 2U);
}

TEST_F(StoreTest, refuses_a_path_below_a_file_and_options_out_of_range) {
  std::ofstream(folder_.path() + "/file") << "x";
  Options options = options_;
  options.path = folder_.path() + "/file/store";
  EXPECT_EQ(Store::open(options, clock_).error().code, ErrorCode::kIo);
  options.path = folder_.path() + "/file/above/store";
  EXPECT_EQ(
      Store::open(options, clock_).error().message,
      "cannot create " + options.path + ": " + folder_.path() + "/file/above: Not a directory");
  options.path = folder_.path() + "/file";
  EXPECT_EQ(Store::open(options, clock_).error().message, options.path + " is no folder");
  options = options_;
  options.record_wait = Milliseconds(0);
  EXPECT_EQ(Store::open(options, clock_).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(StoreTest, makes_its_folder_readable_by_nobody_else) {
  struct stat status {};
  ASSERT_EQ(stat(options_.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

}  // namespace
}  // namespace etymon::store

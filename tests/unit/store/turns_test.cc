// Deliveries between two entries of the journal: in the turn log alone, and safe there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "store/store_opener.h"
#include "tests/support/process.h"
#include "tests/unit/store/image.h"
#include "tests/unit/store/store_fixture.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

class TurnsTest : public StoreTest {
 protected:
  enum class Turns { kKept, kRemoved };

  TurnsTest() {
    options_.sync_every = Milliseconds(60'000);  // longer than any of these tests
    reopen();
  }

  // Too close to each other for a heartbeat, which would complete an entry.
  WallTime tell(const std::string& client) {
    clock_.advance(Milliseconds(10));
    EXPECT_EQ(deliver(*store_, answer_, client, clock_.wall()), Recorded::kYes);
    return clock_.wall();
  }

  // The store as a process that is killed now leaves it, opened by the next one.
  std::unique_ptr<Store> after_a_kill(Turns turns = Turns::kKept) {
    Options options = options_;
    options.path = folder_.path() + "/killed";
    take_image(options_.path, options.path);
    if (turns == Turns::kRemoved) {
      fs::remove(options.path + "/journal/turns");
    }
    clock_.advance(Seconds(1));  // The next interval of coverage begins behind all that was told.
    return std::move(*Store::open(options, clock_));
  }

  size_t found(const Store& store) const {
    size_t deliveries = 0;
    const auto evidence = store.evidence(about("192.0.2.1", clock_.wall()));
    for (const Evidence& one : evidence.value()) {
      deliveries += one.deliveries;
    }
    return deliveries;
  }

  std::vector<fs::path> tables_of_the_journal() const {
    std::vector<fs::path> tables;
    for (const auto& file : fs::directory_iterator(options_.path + "/journal")) {
      if (file.path().extension() == ".sst") {
        tables.push_back(file.path());
      }
    }
    return tables;
  }

  static std::string contents(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  const Answer answer_ = answer_of("www.example.com", {"192.0.2.1"});
};

TEST_F(TurnsTest, a_kill_loses_none_of_them_and_they_are_covered) {
  const WallTime first = tell("10.0.0.1");
  tell("10.0.0.2");
  const WallTime last = tell("10.0.0.1");
  const auto next = after_a_kill();
  EXPECT_EQ(found(*next), 3U);
  EXPECT_TRUE(next->coverage().covers({first, last}));
}

TEST_F(TurnsTest, a_second_kill_loses_none_either) {
  tell("10.0.0.1");
  auto next = after_a_kill();
  take_image(folder_.path() + "/killed", options_.path + "2");
  next.reset();
  options_.path += "2";
  reopen();
  EXPECT_EQ(found(*store_), 1U);
}

TEST_F(TurnsTest, one_that_is_lost_with_its_file_lies_in_the_gap) {
  const WallTime told = tell("10.0.0.1");
  const auto next = after_a_kill(Turns::kRemoved);
  EXPECT_EQ(found(*next), 0U);
  EXPECT_FALSE(next->coverage().covers({told, told}));
}

TEST_F(TurnsTest, a_heartbeat_is_on_disk_with_all_deliveries_before_it) {
  const WallTime told = tell("10.0.0.1");
  clock_.advance(Seconds(2));
  const WallTime with_heartbeat = tell("10.0.0.1");
  const auto next = after_a_kill(Turns::kRemoved);
  EXPECT_EQ(found(*next), 2U);
  EXPECT_TRUE(next->coverage().covers({told, with_heartbeat}));
}

TEST_F(TurnsTest, what_is_older_than_a_sync_is_in_the_database_and_told_once) {
  options_.sync_every = Milliseconds(20);
  reopen();
  tell("10.0.0.1");
  const auto is_in_the_database = [&] { return found(*after_a_kill(Turns::kRemoved)) == 1; };
  EXPECT_TRUE(testing::eventually(is_in_the_database));
  EXPECT_EQ(found(*after_a_kill()), 1U);
}

TEST_F(TurnsTest, a_backup_has_them) {
  tell("10.0.0.1");
  Options options = options_;
  options.path = folder_.path() + "/backup";
  ASSERT_TRUE(store_->backup(options.path).ok());
  EXPECT_EQ(found(**Store::open(options, clock_)), 1U);
}

TEST_F(TurnsTest, a_stop_in_order_leaves_none) {
  tell("10.0.0.1");
  ASSERT_TRUE(store_->close().ok());
  EXPECT_EQ(fs::file_size(options_.path + "/journal/turns"), 0U);
  reopen();
  EXPECT_EQ(found(*store_), 1U);
}

// The disk cannot read the entries before them for once, and reads them well at the next start.
TEST_F(TurnsTest, a_start_that_fails_leaves_them_to_the_next_one) {
  clock_.advance(Seconds(2));
  tell("10.0.0.1");  // with a heartbeat, which completes an entry
  ASSERT_TRUE(StoreOpener::clear_journal(*store_).ok());
  tell("10.0.0.1");
  tell("10.0.0.2");
  const std::string whole = options_.path;
  options_.path += "-killed";
  take_image(whole, options_.path);
  const std::string turns = contents(options_.path + "/journal/turns");
  ASSERT_FALSE(turns.empty());
  const std::vector<fs::path> tables = tables_of_the_journal();
  ASSERT_FALSE(tables.empty());
  for (const fs::path& table : tables) {
    std::fstream(table, std::ios::in | std::ios::out | std::ios::binary) << "\xFF\xFF\xFF\xFF";
  }
  clock_.advance(Seconds(1));
  EXPECT_FALSE(Store::open(options_, clock_).ok());
  EXPECT_EQ(contents(options_.path + "/journal/turns"), turns);
  for (const fs::path& table : tables) {
    fs::copy_file(whole + "/journal/" + table.filename().string(), table,
                  fs::copy_options::overwrite_existing);
  }
  reopen();
  EXPECT_EQ(found(*store_), 3U);
}

// A power loss takes entries from the journal and leaves the turns behind them. The process that
// comes next writes entries of these numbers, and no turns.
TEST_F(TurnsTest, those_without_the_entries_before_them_are_never_told) {
  clock_.advance(Seconds(2));
  tell("10.0.0.1");
  const std::string before = folder_.path() + "/before";
  take_image(options_.path, before);
  for (int entry = 0; entry < 2; ++entry) {
    clock_.advance(Seconds(2));
    tell("10.0.0.2");
  }
  tell("10.0.0.3");
  take_image(options_.path, folder_.path() + "/killed");
  fs::copy_file(folder_.path() + "/killed/journal/turns", before + "/journal/turns",
                fs::copy_options::overwrite_existing);
  options_.path = before;
  options_.sync_every = Milliseconds(0);
  clock_.advance(Seconds(1));
  reopen();
  for (size_t told = 2; told < 6; ++told) {
    tell("10.0.0.1");
    EXPECT_EQ(found(*after_a_kill()), told);
  }
}

// More than one entry takes, so that several of them are completed on the way.
TEST_F(TurnsTest, many_make_entries_and_the_last_of_them_survive_a_kill) {
  constexpr size_t kMany = 12'000;
  for (size_t i = 0; i < kMany; ++i) {
    clock_.advance(Microseconds(10));
    ASSERT_EQ(deliver(*store_, answer_, "10.0.0.1", clock_.wall()), Recorded::kYes);
  }
  const size_t without = found(*after_a_kill(Turns::kRemoved));
  EXPECT_GT(without, 0U);
  EXPECT_LT(without, kMany);
  EXPECT_EQ(found(*after_a_kill()), kMany);
}

}  // namespace
}  // namespace etymon::store

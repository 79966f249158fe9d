#include "store/journal/journal_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/journal/journal_entry.h"
#include "store/store.h"
#include "store/tables/answer_codec.h"
#include "store/upkeep/closed_store.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {
namespace {

// The numbers of RocksDB's table files, in no order.
std::vector<int> table_files(const std::string& folder) {
  std::vector<int> numbers;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".sst") {
      numbers.push_back(std::stoi(file.path().stem().string()));
    }
  }
  return numbers;
}

int newest_table(const std::string& folder) {
  const std::vector<int> numbers = table_files(folder);
  return numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
}

// What is not folded yet ends up in a file: the flush goes on in the background, and one that would
// have to wait for another is left out, so it is asked for until it is done.
void flush(JournalDatabase& journal, const std::string& folder, Sequence folded) {
  const int before = newest_table(folder);
  while (newest_table(folder) <= before) {
    ASSERT_TRUE(journal.drop(folded).ok());
    std::this_thread::yield();
  }
}

// Until so many files are left: the last flush may not have ended when its file is there, and keeps
// the others as long.
void remove_folded(JournalDatabase& journal, const std::string& folder, Sequence last,
                   size_t files_left) {
  for (int i = 0; i < 10'000 && table_files(folder).size() > files_left; ++i) {
    ASSERT_TRUE(journal.remove_folded_files(last).ok());
    std::this_thread::sleep_for(Milliseconds(1));
  }
  EXPECT_EQ(table_files(folder).size(), files_left);
}

TEST(JournalDatabase, lets_go_of_the_files_whose_entries_are_folded) {
  const testing::TemporaryFolder folder;
  const auto journal = JournalDatabase::open(folder.path(), *rocksdb::Env::Default());
  ASSERT_TRUE(journal.ok()) << journal.error().message;
  for (Sequence last = 1; last <= 100; ++last) {
    ASSERT_TRUE((*journal)->write(last, "entry", {}, Durability::kOperatingSystem).ok());
    flush(**journal, folder.path(), last - 1);
    ASSERT_TRUE((*journal)->remove_folded_files(last - 1).ok());
  }
  EXPECT_LT(table_files(folder.path()).size(), 30U);
}

TEST(JournalDatabase, lets_go_of_folded_files_too_that_nothing_has_compacted_yet) {
  const testing::TemporaryFolder folder;
  const auto journal = JournalDatabase::open(folder.path(), *rocksdb::Env::Default());
  ASSERT_TRUE(journal.ok()) << journal.error().message;
  for (Sequence last = 1; last <= 3; ++last) {
    ASSERT_TRUE((*journal)->write(last, "entry", {}, Durability::kOperatingSystem).ok());
    flush(**journal, folder.path(), 0);
  }
  remove_folded(**journal, folder.path(), 2, 1);
  const Status read = (*journal)->scan(2, [](Sequence sequence, std::string_view entry) {
    EXPECT_EQ(sequence, 3U);
    EXPECT_EQ(entry, "entry");
    return Status();
  });
  EXPECT_TRUE(read.ok()) << "the third entry is not folded";
  remove_folded(**journal, folder.path(), 3, 0);
}

TEST(JournalDatabase, a_log_that_a_flush_could_not_sync_is_told_by_the_next_call) {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  const auto journal = JournalDatabase::open(folder.path(), disk.env());
  ASSERT_TRUE(journal.ok()) << journal.error().message;
  ASSERT_TRUE((*journal)->write(1, "entry", {}, Durability::kOperatingSystem).ok());
  const int calls = disk.calls();
  disk.set(FaultyDisk::Fault::kIoError, ".log", 1);  // The flush begins a new log, then syncs.
  const Status dropped = (*journal)->drop(0);
  ASSERT_TRUE(testing::eventually([&] { return disk.calls() >= calls + 2; }));
  EXPECT_FALSE(dropped.ok() && (*journal)->sync().ok());
  disk.set(FaultyDisk::Fault::kNone);
  EXPECT_FALSE((*journal)->write(2, "entry", {}, Durability::kOperatingSystem).ok());
  ASSERT_TRUE((*journal)->reopen().ok());
  EXPECT_TRUE((*journal)->write(2, "entry", {}, Durability::kDisk).ok());
}

// A store that was closed, with entries by hand in its journal.
class EntriesTest : public ::testing::Test {
 protected:
  EntriesTest() {
    options_.path = folder_.path() + "/store";
    EXPECT_TRUE(Store::open(options_, clock_).ok());
    journal_ =
        std::move(*JournalDatabase::open(options_.path + "/journal", *rocksdb::Env::Default()));
  }

  // Of one delivery of the answer `named`. 0: none is defined.
  void write(Sequence sequence, AnswerId defined, AnswerId named) {
    const KnownAnswerPtr known = std::make_shared<KnownAnswer>(
        defined, encode_answer(answer_of("www.example.com", {"192.0.2.1"})));
    const Delivery delivery{clock_.wall(), ip("10.0.0.1"), named, 300};
    std::string entry;
    encode_entry({&known, defined == 0 ? 0U : 1U}, {&delivery, 1}, entry);
    ASSERT_TRUE(journal_->write(sequence, entry, {}, Durability::kDisk).ok());
  }

  void expect_damage(const std::string& words) {
    journal_.reset();
    const auto report = verify_closed(options_.path);
    ASSERT_TRUE(report.ok()) << report.error().message;
    ASSERT_EQ(report->findings.size(), 1U);
    EXPECT_THAT(report->findings.front().text(), ::testing::HasSubstr(words));
    const auto opened = Store::open(options_, clock_);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kDataLoss);
    EXPECT_THAT(opened.error().message, ::testing::HasSubstr(words));
  }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  Options options_;
  std::unique_ptr<JournalDatabase> journal_;
};

TEST_F(EntriesTest, one_that_is_missing_is_damage) {
  write(1, 1, 1);
  write(2, 0, 1);
  write(4, 0, 3);
  expect_damage("entry 3 of the journal is missing");
}

TEST_F(EntriesTest, the_first_one_that_is_missing_is_damage) {
  write(2, 1, 1);
  expect_damage("entry 1 of the journal is missing");
}

TEST_F(EntriesTest, one_that_names_what_nothing_defines_is_damage) {
  write(1, 1, 1);
  write(2, 0, 3);
  expect_damage("names an answer that nothing defines");
}

TEST_F(EntriesTest, those_that_are_whole_are_read) {
  write(1, 1, 1);
  write(2, 0, 1);
  write(3, 3, 3);
  journal_.reset();
  EXPECT_TRUE(verify_closed(options_.path)->is_sound());
  const auto store = Store::open(options_, clock_);
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_TRUE((*store)->verify()->is_sound());
  ASSERT_TRUE((*store)->fold().ok());
  EXPECT_TRUE((*store)->verify()->is_sound());
}

TEST(FoldedEntries, what_was_folded_stays_so_whoever_says_less_later) {
  FoldedEntries folded;
  folded.set(7);
  folded.set(5);
  EXPECT_EQ(folded.last(), 7U);
}

// What a log holds is written into a table before anything else. Each try that had no room for it
// left what it had written, until nothing was left of all that was ever freed.
class FullDiskTest : public ::testing::Test {
 protected:
  static constexpr size_t kEntry = 1 << 20;
  static constexpr Sequence kEntries = 8;

  FullDiskTest() {
    EXPECT_TRUE(open().ok());
    for (Sequence entry = 1; entry <= kEntries; ++entry) {
      EXPECT_TRUE(write(entry).ok());
    }
    disk_.leave_room(0);
    EXPECT_FALSE(write(kEntries + 1).ok());
  }

  Status open() {
    journal_.reset();
    auto opened = JournalDatabase::open(folder_.path() + "/journal", disk_.env());
    if (!opened) {
      return opened.error();
    }
    journal_ = std::move(*opened);
    return {};
  }

  // Of octets that nothing makes fewer.
  Status write(Sequence number) {
    std::string entry(kEntry, '\0');
    std::ranges::generate(entry, [this] { return static_cast<char>(dice_()); });
    return journal_->write(number, entry, {}, Durability::kOperatingSystem);
  }

  Sequence entries() const {
    Sequence count = 0;
    EXPECT_TRUE(journal_
                    ->scan(0,
                           [&](Sequence, std::string_view) {
                             ++count;
                             return Status();
                           })
                    .ok());
    return count;
  }

  const testing::TemporaryFolder folder_;
  FaultyDisk disk_;
  std::mt19937 dice_{1};
  std::unique_ptr<JournalDatabase> journal_;
};

TEST_F(FullDiskTest, a_journal_that_cannot_be_opened_again_takes_no_room_by_trying) {
  for (size_t freed = kEntry; freed < kEntries * kEntry; freed += kEntry) {
    disk_.free(kEntry);
    for (int tries = 0; tries < 3; ++tries) {
      EXPECT_FALSE(journal_->reopen().ok());
      EXPECT_EQ(disk_.room(), freed);
    }
  }
  disk_.free(3 * kEntry);
  ASSERT_TRUE(journal_->reopen().ok());
  EXPECT_EQ(entries(), kEntries);
  EXPECT_TRUE(write(kEntries + 1).ok());
}

TEST_F(FullDiskTest, a_start_that_has_no_room_takes_none) {
  constexpr size_t kTooLittle = kEntries / 2 * kEntry;
  disk_.free(kTooLittle);
  for (int starts = 0; starts < 3; ++starts) {
    EXPECT_FALSE(open().ok());
    EXPECT_EQ(disk_.room(), kTooLittle);
  }
  disk_.free(kEntries * kEntry);
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(entries(), kEntries);
}

}  // namespace
}  // namespace etymon::store

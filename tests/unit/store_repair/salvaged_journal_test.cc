// Salvaged journal: what is believed of damaged logs, which are made by hand here, and which times
// it takes to be incomplete.
#include "store/upkeep/salvaged_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "resolver/base/bytes.h"
#include "store/tables/answer_codec.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store_repair/log_file.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr WallTime kNoon{Seconds(1'700'000'000)};

WallTime second(int64_t seconds) {
  return kNoon + Seconds(seconds);
}

std::string half_row(WallTime at, CoverageEdge edge) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.u64(static_cast<uint64_t>(at.time_since_epoch().count()));
  writer.u8(static_cast<uint8_t>(edge));
  return bytes;
}

class SalvagedJournalTest : public ::testing::Test {
 protected:
  SalvagedJournalTest() { std::filesystem::create_directory(journal()); }

  std::string journal() const { return folder_.path() + "/journal"; }

  // The operations of the record that is added next. No name: the answer is not defined in it.
  void entry(Sequence sequence, AnswerId id, const std::string& name, WallTime at) {
    const Answer answer = answer_of(name.empty() ? "." : name, {"192.0.2.1"});
    const KnownAnswerPtr known = std::make_shared<KnownAnswer>(id, encode_answer(answer));
    const Delivery delivery{at, ip("10.0.0.1"), id, 300, Origin::kUpstream, Transport::kUdp};
    std::string value;
    std::string key;
    encode_entry({&known, name.empty() ? 0U : 1U}, {&delivery, 1}, value);
    ByteWriter(key).u64(sequence);
    put(1, key, value);
  }
  void entry_without_definition(Sequence sequence, AnswerId id, WallTime at) {
    entry(sequence, id, "", at);
  }
  void covered(WallTime start, WallTime end, CoverageEdge began, CoverageEdge ended) {
    put(2, half_row(start, began), half_row(end, ended));
  }
  void live(WallTime start, WallTime end) {
    covered(start, end, CoverageEdge::kStart, CoverageEdge::kNow);
  }

  void record() { record(number_); }
  void record(uint64_t number) {
    std::string bytes;
    for (int i = 0; i < 8; ++i) {
      bytes.push_back(static_cast<char>(number >> 8 * i));
    }
    bytes += std::string{static_cast<char>(count_), 0, 0, 0} + operations_;
    log_.add(bytes);
    number_ = number + static_cast<uint64_t>(count_);
    count_ = 0;
    operations_.clear();
  }
  // A record whose checksum is wrong, to the end of its block: the next one begins another block.
  void damaged_record() {
    log_.add(std::string(100, 'x'));
    log_.text().back() = 'y';
    log_.text().resize((log_.text().size() / kBlock + 1) * kBlock, 'z');
    ++number_;
  }
  void end_log() {
    const std::string name = "/00000" + std::to_string(++logs_) + ".log";
    std::ofstream(journal() + name, std::ios::binary) << log_.text();
    log_ = LogFile();
  }

  SalvagedJournal salvaged(const FoldedSoFar& folded = {}) {
    if (!log_.text().empty()) {
      end_log();
    }
    const auto trial = try_journal(journal(), folder_.path() + "/view");
    EXPECT_TRUE(trial.ok());
    auto read = salvage_journal(journal(), *trial, folded, *rocksdb::Env::Default(), gaps_);
    EXPECT_TRUE(read.ok());
    return read ? *std::move(read) : SalvagedJournal{};
  }

  static std::vector<Sequence> numbers(const SalvagedJournal& journal) {
    std::vector<Sequence> numbers;
    for (const auto& [sequence, entry] : journal.entries) {
      numbers.push_back(sequence);
    }
    return numbers;
  }

  bool is_gap(WallTime at) const {
    return std::ranges::any_of(
        gaps_.list(), [at](const TimeSpan& gap) { return gap.start <= at && at <= gap.end; });
  }

  Gaps gaps_;

 private:
  static constexpr size_t kBlock = 32 << 10;

  void put(char family, const std::string& key, const std::string& value) {
    constexpr char kPutInFamily = 5;
    ByteWriter writer(operations_);
    operations_ += {kPutInFamily, family};
    writer.block(as_bytes(key));
    writer.block(as_bytes(value));
    ++count_;
  }

  testing::TemporaryFolder folder_;
  LogFile log_;
  std::string operations_;
  int count_ = 0;
  uint64_t number_ = 1;
  int logs_ = 0;
};

TEST_F(SalvagedJournalTest,
       a_hole_lasts_from_what_was_said_before_to_the_next_word_of_the_live_one) {
  entry(1, 1, "one.example", second(10));
  live(second(0), second(10));
  record();
  damaged_record();
  entry_without_definition(3, 1, second(20));
  record();
  entry_without_definition(4, 1, second(30));
  live(second(0), second(30));
  record();
  EXPECT_THAT(numbers(salvaged()), ElementsAre(1, 3, 4));
  EXPECT_FALSE(is_gap(second(4)));
  EXPECT_TRUE(is_gap(second(11)));
  EXPECT_TRUE(is_gap(second(20)));
  EXPECT_FALSE(is_gap(second(31)));
}

TEST_F(SalvagedJournalTest, a_hole_at_the_end_lasts_for_ever) {
  entry(1, 1, "one.example", second(10));
  live(second(0), second(10));
  record();
  damaged_record();
  salvaged();
  EXPECT_TRUE(is_gap(second(1'000'000)));
}

// Retention writes the oldest interval anew: its end is long ago.
TEST_F(SalvagedJournalTest, what_ended_long_ago_does_not_end_a_hole) {
  entry(1, 1, "one.example", second(100));
  live(second(50), second(100));
  record();
  damaged_record();
  covered(second(-500), second(-400), CoverageEdge::kRetention, CoverageEdge::kStop);
  record();
  live(second(50), second(130));
  record();
  salvaged();
  EXPECT_TRUE(is_gap(second(120)));
  EXPECT_FALSE(is_gap(second(-450)));
}

TEST_F(SalvagedJournalTest, a_clock_that_was_set_back_within_a_hole_makes_it_reach_back) {
  entry(1, 1, "one.example", second(3600));
  live(second(0), second(3600));
  record();
  damaged_record();
  live(second(100), second(4000));
  record();
  salvaged();
  EXPECT_TRUE(is_gap(second(101)));
  EXPECT_TRUE(is_gap(second(3999)));
  EXPECT_FALSE(is_gap(second(99)));
}

TEST_F(SalvagedJournalTest, a_log_that_is_missing_is_a_hole) {
  entry(1, 1, "one.example", second(10));
  live(second(0), second(10));
  record();
  end_log();
  entry(5, 2, "two.example", second(50));
  record();
  covered(second(-90), second(-80), CoverageEdge::kImport, CoverageEdge::kImport);
  covered(second(-99), second(-95), CoverageEdge::kRetention, CoverageEdge::kImport);
  live(second(0), second(50));
  record();
  const SalvagedJournal journal = salvaged();
  EXPECT_TRUE(is_gap(second(30)));
  EXPECT_FALSE(is_gap(second(51)));
  EXPECT_EQ(journal.coverage.size(), 1U) << "deliveries of the import may be missing";
}

TEST_F(SalvagedJournalTest, what_the_tables_hold_is_not_missing) {
  entry(7, 1, "one.example", second(10));
  live(second(0), second(10));
  record();
  salvaged({.position = 6, .newest = second(5)});
  EXPECT_THAT(gaps_.list(), IsEmpty());
}

// A start that ended at damage gave the numbers behind it to others: what the old log says behind
// the damage would be told with the new log's names.
TEST_F(SalvagedJournalTest, numbers_that_were_given_anew_mean_what_they_meant_last) {
  entry(1, 1, "one.example", second(10));
  live(second(0), second(10));
  record(1);
  damaged_record();
  entry(3, 8, "old.example", second(20));
  record(4);
  entry_without_definition(4, 8, second(21));
  record(5);
  end_log();
  entry(2, 7, "new.example", second(60));
  live(second(55), second(60));
  record(3);
  entry_without_definition(3, 7, second(61));
  record(5);
  const SalvagedJournal journal = salvaged();
  EXPECT_THAT(numbers(journal), ElementsAre(1, 2, 3));
  EXPECT_EQ(journal.entries.at(3).deliveries.front().answer, 7U);
  EXPECT_TRUE(is_gap(second(20)));
}

TEST_F(SalvagedJournalTest, what_has_ended_is_never_live_again) {
  damaged_record();
  covered(second(0), second(10), CoverageEdge::kStart, CoverageEdge::kLoss);
  record();
  live(second(0), second(9));
  record();
  const SalvagedJournal journal = salvaged();
  ASSERT_EQ(journal.coverage.size(), 1U);
  EXPECT_EQ(journal.coverage.front().value, half_row(second(10), CoverageEdge::kLoss));
}

// A journal that RocksDB has written.
class WrittenJournalTest : public SalvagedJournalTest {
 protected:
  void open() {
    auto opened = JournalDatabase::open(journal(), *rocksdb::Env::Default());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    database_ = std::move(*opened);
  }
  void write(const std::vector<CoverageRow>& rows) {
    ASSERT_TRUE(database_->write_coverage(rows, Durability::kDisk).ok());
  }
  void put_into_a_sorted_file() { ASSERT_TRUE(database_->clear_folded(0).ok()); }
  void close() { database_.reset(); }

  std::string newest_log() const {
    std::string newest;
    for (const auto& file : std::filesystem::directory_iterator(journal())) {
      if (file.path().extension() == ".log") {
        newest = std::max(newest, file.path().string());
      }
    }
    return newest;
  }

  void damage(const std::string& log) const {
    std::fstream stream(log, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(12);
    stream << "\x55";
    ASSERT_TRUE(stream.flush());
  }

  void go_on_in_a_damaged_log() {
    write({{half_row(second(4000), CoverageEdge::kStart),
            half_row(second(4010), CoverageEdge::kNow)}});
    close();
    damage(newest_log());
  }

  void expect_the_rest_alone() {
    const SalvagedJournal journal = salvaged();
    EXPECT_FALSE(journal.is_whole);
    ASSERT_EQ(journal.coverage.size(), 1U);
    EXPECT_EQ(journal.coverage.front().key, rest_.key);
    EXPECT_EQ(journal.coverage.front().value, rest_.value);
  }

  const CoverageRow forgotten_{half_row(second(0), CoverageEdge::kStart),
                               half_row(second(3600), CoverageEdge::kStop)};
  const CoverageRow rest_{half_row(second(3000), CoverageEdge::kForgotten),
                          half_row(second(3600), CoverageEdge::kStop)};

 private:
  std::unique_ptr<JournalDatabase> database_;
};

// A file that is read by itself does not tell what it takes away from an older one.
TEST_F(WrittenJournalTest, what_was_taken_out_of_the_coverage_does_not_come_back) {
  open();
  write({forgotten_});
  put_into_a_sorted_file();
  write({{forgotten_.key, ""}, rest_});
  put_into_a_sorted_file();
  go_on_in_a_damaged_log();
  expect_the_rest_alone();
}

// Logs stay while a backup is made, say.
TEST_F(WrittenJournalTest, a_log_that_is_older_than_the_sorted_files_changes_nothing) {
  open();
  write({forgotten_});
  const std::string old_log = newest_log();
  const std::string kept = old_log + ".kept";
  std::filesystem::copy_file(old_log, kept);
  write({{forgotten_.key, ""}, rest_});
  put_into_a_sorted_file();
  go_on_in_a_damaged_log();
  std::filesystem::rename(kept, old_log);
  expect_the_rest_alone();
}

}  // namespace
}  // namespace etymon::store

// Entry writer: what is on the disk after a write that failed.
#include "store/journal/entry_writer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/journal/journal_entry.h"
#include "store/tables/tables.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {
namespace {

class EntryWriterTest : public ::testing::Test {
 protected:
  std::unique_ptr<JournalDatabase> open_journal() {
    return std::move(*JournalDatabase::open(folder_.path() + "/journal", disk_.env()));
  }

  // So many deliveries of one answer, with rows.
  Status write_turn(EntryWriter& writer, size_t count, const std::vector<CoverageRow>& coverage) {
    clock_.advance(Seconds(1));
    const AnswerId id = book_.remember(answer_of("www.example.com", {"192.0.2.1"}));
    std::vector<Delivery> turn(count, {clock_.wall(), ip("10.0.0.1"), id, 300});
    const auto fresh = writer.resolve(turn);
    return writer.write_turn(fresh.value(), turn, coverage);
  }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  FaultyDisk disk_;
  const Options options_;
  const std::unique_ptr<Tables> tables_ = std::move(
      *Tables::open(folder_.path() + "/tables", *rocksdb::Env::Default(), size_t{1} << 20));
  AnswerBook book_{*tables_, 0, {.capacity = 10}};
  Tail tail_{0};
};

// The entry that failed was to hold the turns before it, which were recorded, and one that is given
// up; and it brought the heartbeat of the time of both.
TEST_F(EntryWriterTest, what_is_taken_from_an_entry_that_arrived_goes_together_with_its_coverage) {
  const CoverageRow heartbeat{"interval", "up to now"};
  const CoverageRow gap{"interval", "up to the loss"};
  EntryWriter writer({options_, clock_, tail_, book_}, open_journal(), 0);
  ASSERT_TRUE(write_turn(writer, 1, {}).ok());
  disk_.set(FaultyDisk::Fault::kLateError, "/journal/", 0, FaultyDisk::Calls::kChanges,
            FaultyDisk::Lasts::kOnce);
  ASSERT_FALSE(write_turn(writer, 2, {heartbeat}).ok());
  ASSERT_TRUE(writer.mend(std::vector{gap}).ok());
  EXPECT_EQ(tail_.delivery_count(), 1U);
  EXPECT_EQ(writer.database().coverage().value(), std::vector{gap});
  std::vector<size_t> entries;
  const Status scanned = writer.database().scan(0, [&](Sequence, std::string_view bytes) {
    entries.push_back(decode_entry(bytes)->deliveries.size());
    return Status();
  });
  EXPECT_TRUE(scanned.ok());
  EXPECT_EQ(entries, std::vector<size_t>{1});
}

}  // namespace
}  // namespace etymon::store

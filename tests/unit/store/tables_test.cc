// Tables that failed are opened anew, and whoever reads them notices nothing of it.
#include "store/tables/tables.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "store/tables/sets.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {
namespace {

using Fault = FaultyDisk::Fault;

class TablesTest : public ::testing::Test {
 protected:
  ~TablesTest() override { disk_.set(Fault::kNone); }

  // One delivery more to the client in each of so many hours, from `first` on.
  Status count(Hour first, Hour hours = 1) {
    const auto file = tables_->new_file(Table::kByClient);
    for (Hour hour = first + hours; hour-- > first;) {
      std::string key;
      append_key(key, ClientKey{ip("10.0.0.1"), hour});
      std::string value;
      append_activity(value, {1, 4});
      file->add(key, value);
    }
    const Status finished = file->finish();
    return finished ? tables_->ingest({file.get()}) : finished;
  }

  static size_t rows(const TablesSnapshot& snapshot) {
    const rocksdb::Slice end("\xFF", 1);
    const auto it = snapshot.scan(Table::kByClient, end);
    size_t rows = 0;
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      ++rows;
    }
    EXPECT_TRUE(it->status().ok()) << it->status().ToString();
    return rows;
  }
  size_t rows() const { return rows(*tables_->snapshot()); }

  size_t files() const {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/tables")) {
      files += entry.path().extension() == ".sst" ? 1U : 0U;
    }
    return files;
  }

  // A manifest that cannot be written: fatal, as RocksDB calls it.
  void fail() {
    disk_.set(Fault::kIoError, "MANIFEST");
    ASSERT_FALSE(count(100).ok());
    disk_.set(Fault::kNone);
  }

  const testing::TemporaryFolder folder_;
  FaultyDisk disk_;
  std::unique_ptr<Tables> tables_ =
      std::move(*Tables::open(folder_.path() + "/tables", disk_.env(), 1 << 20));
};

TEST_F(TablesTest, that_are_sound_are_not_opened_anew) {
  ASSERT_TRUE(count(1).ok());
  const OpenTablesPtr before = tables_->opened();
  ASSERT_TRUE(tables_->mend().ok());
  EXPECT_EQ(tables_->opened(), before);
}

TEST_F(TablesTest, that_failed_take_nothing_until_they_are_mended) {
  ASSERT_TRUE(count(1).ok());
  fail();
  EXPECT_FALSE(count(2).ok());
  EXPECT_EQ(rows(), 1U);
  ASSERT_TRUE(tables_->mend().ok());
  EXPECT_TRUE(count(2).ok());
  EXPECT_EQ(rows(), 2U);
}

TEST_F(TablesTest, that_cannot_be_opened_anew_are_read_as_before) {
  ASSERT_TRUE(count(1).ok());
  for (const char* where : {"MANIFEST", "CURRENT", "/tables/"}) {
    fail();
    disk_.set(Fault::kNoSpace, where);
    const Status mended = tables_->mend();
    ASSERT_FALSE(mended.ok()) << where;
    EXPECT_EQ(mended.error().code, ErrorCode::kResourceExhausted) << mended.error().message;
    EXPECT_EQ(rows(), 1U);
    disk_.set(Fault::kNone);
    ASSERT_TRUE(tables_->mend().ok());
    EXPECT_EQ(rows(), 1U);
  }
}

TEST_F(TablesTest, whoever_reads_them_keeps_what_he_reads_while_they_are_opened_anew) {
  ASSERT_TRUE(count(0, 50).ok());
  auto snapshot = tables_->snapshot();
  fail();
  ASSERT_TRUE(tables_->mend().ok());
  ASSERT_TRUE(count(50, 50).ok());
  ASSERT_TRUE(tables_->compact().ok());
  EXPECT_EQ(rows(*snapshot), 50U) << "from files that the tables no longer need";
  EXPECT_EQ(rows(), 100U);

  ASSERT_TRUE(tables_->mend().ok());
  EXPECT_GT(files(), 1U);
  snapshot.reset();
  ASSERT_TRUE(tables_->mend().ok());
  EXPECT_EQ(files(), 1U) << "what nobody reads is gone";
  EXPECT_EQ(rows(), 100U);
}

TEST_F(TablesTest, whoever_reads_those_that_failed_sees_them_as_before) {
  ASSERT_TRUE(count(1).ok());
  auto snapshot = tables_->snapshot();
  fail();
  ASSERT_TRUE(tables_->mend().ok());
  ASSERT_TRUE(count(2).ok());
  EXPECT_TRUE(tables_->is_seen_as_before(tables_->last_write()));
  snapshot.reset();
  ASSERT_TRUE(tables_->mend().ok());
  EXPECT_TRUE(testing::eventually([&] {  // What was opened anew is compacted first.
    return !tables_->is_seen_as_before(tables_->last_write());
  }));
  snapshot = tables_->snapshot();
  EXPECT_TRUE(tables_->is_seen_as_before(tables_->last_write()));
}

TEST_F(TablesTest, come_to_rest_when_they_are_asked_to) {
  for (Hour hour = 1; hour <= 3; ++hour) {
    ASSERT_TRUE(count(1).ok()) << "the same row each time, so the files lie upon each other";
  }
  EXPECT_GT(tables_->restless_share(Table::kByClient), 0.0);
  EXPECT_TRUE(testing::eventually([&] {
    tables_->bring_to_rest(Table::kByClient);
    return tables_->restless_share(Table::kByClient) == 0.0;
  }));
  EXPECT_EQ(rows(), 1U);
}

TEST_F(TablesTest, that_are_being_compacted_may_be_written_as_they_were) {
  for (int file = 0; file < 3; ++file) {
    ASSERT_TRUE(count(1).ok());
  }
  const auto may_be = [&] { return tables_->is_seen_as_before(tables_->last_write()); };
  EXPECT_TRUE(testing::eventually([&] { return !may_be(); }));
  disk_.set(Fault::kHang, "/tables/");
  tables_->bring_to_rest(Table::kByClient);
  EXPECT_TRUE(testing::eventually(may_be));
  disk_.set(Fault::kNone);
  EXPECT_TRUE(testing::eventually([&] { return !may_be(); }));
}

TEST_F(TablesTest, floors_that_arrived_although_keeping_them_failed_are_known) {
  ASSERT_TRUE(tables_->keep({.all = 5, .clients = {{ip("10.0.0.1"), 9}}}, 5).ok());
  // Its file's number is written and synced; then its record is written, and not synced.
  disk_.set(Fault::kIoError, "MANIFEST", 3);
  ASSERT_FALSE(tables_->keep({.all = 6, .clients = {{ip("10.0.0.2"), 9}}}, 5).ok());
  disk_.set(Fault::kNone);
  ASSERT_TRUE(tables_->mend().ok());
  const Kept now{.all = 10, .clients = {}};
  ASSERT_TRUE(tables_->keep(now, 10).ok());
  tables_.reset();
  tables_ = std::move(*Tables::open(folder_.path() + "/tables", disk_.env(), 1 << 20));
  EXPECT_EQ(*tables_->kept(), now) << "no floor stays of a client that has none any more";
}

}  // namespace
}  // namespace etymon::store

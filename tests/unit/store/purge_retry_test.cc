// A purge that fails has read and written all that lies before what is in its way, in vain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "store/removal/retention.h"
#include "store/tables/sets.h"
#include "tests/support/eventually.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PurgeRetryTest : public ::testing::Test {
 protected:
  PurgeRetryTest() { count("10.0.0.1", 100); }

  // A delivery to the client in that hour.
  void count(const std::string& client, Hour hour) {
    std::string key;
    append_key(key, ClientKey{ip(client), hour});
    std::string value;
    append_activity(value, {1, 4});
    add(Table::kByClient, key, value);
  }

  void add(Table table, const std::string& key, const std::string& value) {
    const auto file = tables_->new_file(table);
    file->add(key, value);
    EXPECT_TRUE(file->finish().ok());
    EXPECT_TRUE(tables_->ingest({file.get()}).ok());
  }

  // The only block that the table has. From now on the disk counts who reads it.
  void damage(Table table) {
    std::vector<rocksdb::LiveFileMetaData> files;
    tables_->opened()->db().GetLiveFilesMetaData(&files);
    for (const rocksdb::LiveFileMetaData& file : files) {
      if (file.column_family_name == name_of(table)) {
        std::fstream(path_ + file.name, std::ios::in | std::ios::out | std::ios::binary)
            << "damage";
        disk_.set(FaultyDisk::Fault::kNone, file.name, 0, FaultyDisk::Calls::kAll);
      }
    }
  }

  // All that it has to do just now.
  void let_go() {
    while (retention_->step()) {
    }
  }

  // In which of so many minutes they were read.
  std::vector<int> pass(int until) {
    std::vector<int> tried;
    for (int minute = 0; minute < until; ++minute) {
      const int calls = disk_.calls();
      let_go();
      EXPECT_TRUE(tables_->mend().ok());
      tried.insert(tried.end(), disk_.calls() > calls ? 1 : 0, minute);
      clock_.advance(minutes(1));
    }
    return tried;
  }

  // What RocksDB rewrites by itself of tables that have just come in, if there is room.
  void let_compactions_end() const {
    const OpenTablesPtr tables = tables_->opened();
    const auto is_busy = [&](Table table) {
      return tables->figure(table, "rocksdb.compaction-pending") > 0 ||
             tables->figure(table, "rocksdb.num-running-compactions") > 0;
    };
    EXPECT_TRUE(testing::eventually([&] {
      return tables->has_failed() || (!is_busy(Table::kByClient) && !is_busy(Table::kKept));
    }));
  }

  // In which of so many minutes they were to be rewritten.
  std::vector<int> pass_on_full_disk(int until) {
    std::vector<int> tried;
    for (int minute = 0; minute < until; ++minute) {
      let_compactions_end();
      EXPECT_TRUE(tables_->mend().ok());
      tried.insert(tried.end(), retention_->step() ? 1 : 0, minute);
      let_go();
      clock_.advance(minutes(1));
    }
    return tried;
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/tables";
  testing::ManualClock clock_;
  FaultyDisk disk_;
  std::unique_ptr<Tables> tables_ = std::move(*Tables::open(path_, disk_.env(), 1 << 20));
  AnswerBook book_{*tables_, 0, AnswerBook::Options{.capacity = 100}};
  Tail tail_{0};
  std::unique_ptr<Retention> retention_ = std::make_unique<Retention>(
      Retention::Parts{*tables_, book_, tail_, clock_, [](WallTime) {}, [](WallTime) {}, {}},
      RetentionLimits{.keep = std::chrono::days(10)});
};

TEST_F(PurgeRetryTest, one_that_fails_waits_twice_as_long_each_time_or_until_somebody_asks) {
  damage(Table::kByClient);
  EXPECT_THAT(pass(4), ElementsAre(0, 1, 3));
  EXPECT_THAT(pass(1), IsEmpty());
  EXPECT_THAT(retention_->last_error(), HasSubstr("block checksum mismatch"));
  retention_->ask();
  EXPECT_THAT(pass(1), ElementsAre(0));
}

// All tables but that of the answers have been written anew by then.
TEST_F(PurgeRetryTest, so_does_one_that_cannot_look_through_the_answers) {
  std::string key;
  append_id(key, 1);
  add(Table::kAnswers, key, "an answer");
  damage(Table::kAnswers);
  EXPECT_THAT(pass(6), ElementsAre(0, 1, 3));
  EXPECT_THAT(retention_->last_error(), HasSubstr("block checksum mismatch"));
}

// What it lets go may be all the room that there is to come.
TEST_F(PurgeRetryTest, one_without_room_waits_ten_minutes_at_most) {
  count("10.0.0.2", hour_of(clock_.wall()));
  let_compactions_end();  // in the room that there still is
  constexpr const char* kTableFiles = "/tables/0";
  disk_.leave_room(500, kTableFiles);  // for the names of manifests
  EXPECT_THAT(pass_on_full_disk(30), ElementsAre(0, 1, 3, 7, 15, 25));
  EXPECT_THAT(retention_->last_error(), HasSubstr("No space left on device"));
  EXPECT_EQ(tables_->purged(), 0U);
  disk_.leave_room(1 << 20, kTableFiles);
  EXPECT_THAT(pass_on_full_disk(10), ElementsAre(5));
  EXPECT_EQ(retention_->last_error(), "");
  EXPECT_GT(tables_->purged(), 0U);
}

}  // namespace
}  // namespace etymon::store

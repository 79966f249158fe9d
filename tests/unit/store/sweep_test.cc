// A sweep between two purges takes answers alone: it says nothing of the rows of other tables.
#include "store/removal/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "store/folding/fold.h"
#include "store/removal/retention.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

class SweepAloneTest : public ::testing::Test {
 protected:
  // Of two answers the older one may go by now, and is withdrawn; what it was told in is gone.
  void withdraw_one() {
    older_ = tell("older.example", clock_.wall() - days(20));
    tell("newer.example", clock_.wall());
    fold_part();
    for (int i = 0; i < 2; ++i) {  // Nobody has just been given its number.
      clock_.advance(minutes(30));
      book_.let_numbers_age(clock_.monotonic(), [] { return std::vector<AnswerId>(); });
    }
    let_go();
    ASSERT_FALSE(book_.knows(older_));
    ASSERT_TRUE(tables_->answer(older_).ok());
    ASSERT_TRUE(retention_->change({.keep_bytes = RetentionLimits::kBytesMax}).ok());
    let_go();
  }

  AnswerId tell(const std::string& name, WallTime at) {
    const AnswerId id = book_.remember(answer_of(name, {"192.0.2.1"}));
    const std::vector<KnownAnswerPtr> fresh{*book_.find(id)};
    const std::vector<Delivery> deliveries{{at, ip("10.0.0.1"), id, 300}};
    tail_.append(fresh, deliveries);
    return id;
  }

  void fold_part() {
    tail_.freeze(++parts_);
    ASSERT_TRUE(fold(*tail_.oldest_frozen(), *tables_, book_).ok());
    tail_.drop(parts_);
  }

  // No turn is left from before.
  void begin_part() {
    tell("newest.example", clock_.wall());
    tail_.freeze(++parts_);
    clock_.advance(minutes(1));
  }

  void let_go() {
    while (retention_->step()) {
    }
  }

  // Too little for a purge.
  void grow_a_little_older() {
    clock_.advance(hours(2));
    let_go();
  }

  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/tables";
  testing::ManualClock clock_;
  std::unique_ptr<Tables> tables_ = std::move(*Tables::open(path_, *rocksdb::Env::Default(), 0));
  AnswerBook book_{*tables_, 0, AnswerBook::Options{.capacity = 100}};
  Tail tail_{0};
  Sequence parts_ = 0;
  AnswerId older_ = 0;
  std::unique_ptr<Retention> retention_ = std::make_unique<Retention>(
      Retention::Parts{*tables_, book_, tail_, clock_, [](WallTime) {}, [](WallTime) {}, {}},
      RetentionLimits{.keep = days(10), .keep_bytes = 1});  // It wants room, first of all.
};

TEST_F(SweepAloneTest, that_takes_answers_does_not_say_that_rows_are_gone) {
  withdraw_one();
  const Hour purged = tables_->purged();
  ASSERT_EQ(purged, tables_->kept()->all);
  grow_a_little_older();
  ASSERT_GT(tables_->kept()->all, purged);
  begin_part();
  let_go();
  EXPECT_EQ(tables_->answer(older_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tables_->purged(), purged);
  EXPECT_EQ(retention_->last_error(), "");
}

TEST_F(SweepAloneTest, that_fails_keeps_nothing_else_from_being_decided) {
  withdraw_one();
  std::vector<rocksdb::LiveFileMetaData> files;
  tables_->opened()->db().GetLiveFilesMetaData(&files);
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (file.column_family_name == name_of(Table::kAnswers)) {
      std::fstream(path_ + file.name, std::ios::in | std::ios::out | std::ios::binary) << "damage";
    }
  }
  begin_part();
  let_go();
  EXPECT_THAT(retention_->last_error(), HasSubstr("block checksum mismatch"));
  const Hour before = tables_->kept()->all;
  grow_a_little_older();
  EXPECT_GT(tables_->kept()->all, before);
}

}  // namespace
}  // namespace etymon::store

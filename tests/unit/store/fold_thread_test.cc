// A fold that fails is tried again, ever less often, and at once for whoever asks.
#include "store/folding/fold_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {
namespace {

using ::testing::ElementsAre;
using Fault = FaultyDisk::Fault;

class FoldThreadTest : public ::testing::Test {
 protected:
  FoldThreadTest() {
    const std::string path = files_.path() + "/tables";
    auto tables = Tables::open(path, disk_.env(), 1 << 20);
    EXPECT_TRUE(tables.ok()) << tables.error().message;
    tables_ = std::move(*tables);
    book_ = std::make_unique<AnswerBook>(*tables_, 0, AnswerBook::Options{.capacity = 100});
    fold_thread_ = std::make_unique<FoldThread>(tail_, *tables_, *book_, clock_);
    freeze_one();
  }
  ~FoldThreadTest() override { fold_thread_->stop(); }

  // A part of the tail with a delivery in it.
  void freeze_one() {
    const AnswerId id = book_->remember(answer_of("www.example.com", {"192.0.2.1"}));
    const std::vector<KnownAnswerPtr> fresh{*book_->find(id)};
    const std::vector<Delivery> deliveries{{clock_.wall(), ip("10.0.0.1"), id, 300}};
    tail_.append(fresh, deliveries);
    tail_.freeze(++parts_);
  }

  // The files that a fold makes; the tables themselves stay well.
  void break_folds() { disk_.set(Fault::kNoSpace, "/tables/fold/"); }
  void mend_folds() { disk_.set(Fault::kNone); }

  // On the fold thread, which so has no need to wait: `each` is called in each of so many
  // seconds, after the folds of it. Returns in which of them one had failed.
  std::vector<int> pass(int seconds, const std::function<void(int second)>& each = {}) {
    std::vector<int> failed;
    std::promise<void> passed;
    int second = 0;
    uint64_t failures = 0;
    fold_thread_->wake();
    fold_thread_->start({[](Sequence) {},
                         [&] {
                           if (second == seconds) {
                             return false;
                           }
                           if (const uint64_t now = fold_thread_->figures().failures;
                               now != failures) {
                             failures = now;
                             failed.insert(failed.end(), now > 0 ? 1 : 0, second);
                           }
                           if (each) {
                             each(second);
                           }
                           clock_.advance(Seconds(1));
                           if (++second == seconds) {
                             passed.set_value();
                           }
                           return second < seconds;
                         }});
    passed.get_future().wait();
    fold_thread_->stop();
    return failed;
  }

  const testing::TemporaryFolder files_;
  testing::ManualClock clock_;
  FaultyDisk disk_;
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<AnswerBook> book_;
  Tail tail_{0};
  Sequence parts_ = 0;
  std::unique_ptr<FoldThread> fold_thread_;
};

TEST_F(FoldThreadTest, a_fold_that_fails_again_waits_twice_as_long_and_15_seconds_at_most) {
  break_folds();
  EXPECT_THAT(pass(70), ElementsAre(0, 1, 3, 7, 15, 30, 45, 60));
  EXPECT_NE(fold_thread_->figures().last_error, "");
}

TEST_F(FoldThreadTest, after_a_fold_that_went_well_the_next_one_does_not_wait) {
  break_folds();
  const auto failed = pass(60, [&](int second) {
    if (second == 10) {
      mend_folds();
    } else if (second == 15) {
      EXPECT_EQ(fold_thread_->figures().folds, 1U);
      EXPECT_EQ(fold_thread_->figures().last_error, "");
    } else if (second == 20) {
      break_folds();
      freeze_one();
    }
  });
  EXPECT_THAT(failed, ElementsAre(0, 1, 3, 7, 21, 22, 24, 28, 36, 51));
}

// The clock stands still: nothing is due.
TEST_F(FoldThreadTest, whoever_asks_has_it_tried_at_once) {
  break_folds();
  fold_thread_->start({[](Sequence) {}, [] { return false; }});
  EXPECT_FALSE(fold_thread_->drain().ok());
  const uint64_t before = fold_thread_->figures().failures;
  for (uint64_t i = 1; i <= 8; ++i) {
    EXPECT_FALSE(fold_thread_->drain().ok());
    EXPECT_EQ(fold_thread_->figures().failures, before + i);
  }
  fold_thread_->settle();
  EXPECT_EQ(fold_thread_->figures().failures, before + 9);
  mend_folds();
  EXPECT_TRUE(fold_thread_->drain().ok());
  EXPECT_EQ(fold_thread_->figures().failures, 0U);
  EXPECT_EQ(tail_.oldest_frozen(), nullptr);
}

TEST_F(FoldThreadTest, a_new_part_of_the_tail_has_the_one_that_failed_tried_at_once) {
  break_folds();
  fold_thread_->start({[](Sequence) {}, [] { return false; }});
  EXPECT_FALSE(fold_thread_->drain().ok());
  mend_folds();
  freeze_one();
  fold_thread_->wake();
  fold_thread_->settle();
  EXPECT_EQ(fold_thread_->figures().folds, 2U);
}

// What failed may have arrived, and the row that knows cannot be read.
TEST_F(FoldThreadTest, one_that_damage_ends_says_what_to_do) {
  fold_thread_->start({[](Sequence) {}, [] { return false; }});
  ASSERT_TRUE(fold_thread_->drain().ok());
  std::vector<rocksdb::LiveFileMetaData> files;
  tables_->opened()->db().GetLiveFilesMetaData(&files);
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (file.column_family_name == "by_address") {
      const std::string path = files_.path() + "/tables" + file.name;
      std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << "damage";
    }
  }
  break_folds();
  freeze_one();
  EXPECT_FALSE(fold_thread_->drain().ok());
  mend_folds();
  const Status folded = fold_thread_->drain();
  ASSERT_FALSE(folded.ok());
  EXPECT_THAT(folded.error().message,
              ::testing::AllOf(::testing::HasSubstr("block checksum mismatch"),
                               ::testing::HasSubstr("etymond --repair keeps what can be read")));
}

}  // namespace
}  // namespace etymon::store

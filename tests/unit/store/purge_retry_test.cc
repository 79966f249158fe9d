// A purge that comes to a damaged block has read and written all that lies before it, in vain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "store/removal/retention.h"
#include "store/tables/sets.h"
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
  PurgeRetryTest() {
    const auto file = tables_->new_file(Table::kByClient);
    std::string key;
    append_key(key, ClientKey{ip("10.0.0.1"), 100});
    std::string value;
    append_activity(value, {1, 4});
    file->add(key, value);
    EXPECT_TRUE(file->finish().ok());
    EXPECT_TRUE(tables_->ingest({file.get()}).ok());
  }

  // The only block there is. From now on the disk counts who reads it.
  void damage_rows() {
    for (const auto& file : std::filesystem::directory_iterator(path_)) {
      if (file.path().extension() == ".sst") {
        std::fstream(file.path(), std::ios::in | std::ios::out | std::ios::binary) << "damage";
        disk_.set(FaultyDisk::Fault::kNone, file.path().filename().string(), 0,
                  FaultyDisk::Calls::kAll);
      }
    }
  }

  // In which of so many minutes they were read.
  std::vector<int> pass(int until) {
    std::vector<int> tried;
    for (int minute = 0; minute < until; ++minute) {
      const int calls = disk_.calls();
      while (retention_->step()) {
      }
      EXPECT_TRUE(tables_->mend().ok());
      tried.insert(tried.end(), disk_.calls() > calls ? 1 : 0, minute);
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
  damage_rows();
  EXPECT_THAT(pass(4), ElementsAre(0, 1, 3));
  EXPECT_THAT(pass(1), IsEmpty());
  EXPECT_THAT(retention_->last_error(), HasSubstr("block checksum mismatch"));
  retention_->ask();
  EXPECT_THAT(pass(1), ElementsAre(0));
}

}  // namespace
}  // namespace etymon::store

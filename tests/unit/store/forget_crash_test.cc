// What is being forgotten does not come back: a process that is killed at any moment while it
// forgets has, after its next start, forgotten all of it or not begun.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "store/store_opener.h"
#include "tests/support/fakes.h"
#include "tests/support/octets_on_disk.h"
#include "tests/support/process.h"
#include "tests/unit/store/crash_child.h"

namespace etymon::store {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ForgetCrashTest : public ::testing::TestWithParam<int> {
 protected:
  ~ForgetCrashTest() override { munmap(progress_, sizeof(Progress)); }

  // A child that was killed so long after its order was on the disk.
  void kill_child_after(Microseconds time) const {
    testing::Process child({ETYMON_CRASH_CHILD, folder_.path(), "forget"});
    ASSERT_TRUE(testing::eventually([&] { return progress_->begun == 1; }));
    std::this_thread::sleep_for(time);
    child.send(SIGKILL);
    ASSERT_EQ(child.wait(), 128 + SIGKILL) << "it ended by itself";
  }

  std::vector<std::string> files_with(const char* octets) const {
    return testing::files_with_octets(options_.path, octets);
  }

  testing::TemporaryFolder folder_;
  Options options_ = crash_options(folder_.path());
  Progress* const progress_ = map_progress(folder_.path());
};

TEST_P(ForgetCrashTest, what_was_ordered_is_forgotten_after_a_kill) {
  kill_child_after(Milliseconds(GetParam()));
  const SystemClock clock;
  const auto store = std::move(*Store::open(options_, clock));
  ASSERT_TRUE(StoreOpener::write_plainly(*store).ok());
  ASSERT_TRUE(testing::eventually([&] { return !store->forgotten().empty(); }));
  StoreOpener::let_go(*store);  // waits until nothing is to be done any more

  EXPECT_THAT(files_with("secret"), IsEmpty());
  EXPECT_THAT(files_with("example"), Not(IsEmpty()));
  ASSERT_THAT(store->forgotten(), SizeIs(1));
  EXPECT_EQ(store->forgotten()[0].by, "somebody");
  EXPECT_EQ(store->forgotten()[0].report.deliveries, kForgottenByChild);
  const auto left = store->deliveries({.span = {WallTime(), clock.wall()}, .limit = 10'000});
  EXPECT_THAT(left.value(), SizeIs(kForgottenByChild));
  const auto report = store->verify();
  EXPECT_THAT(report->findings, IsEmpty());
  EXPECT_EQ(report->deliveries, kForgottenByChild);
  EXPECT_EQ(report->answers, kForgottenByChild);
}

// From the moment in which the order is on the disk to the one in which all is over.
INSTANTIATE_TEST_SUITE_P(Moments, ForgetCrashTest,
                         ::testing::Values(0, 10, 30, 60, 100, 200, 400, 700, 1200));

}  // namespace
}  // namespace etymon::store

// Forgetting on a disk that fails: whenever it fails, what was to be forgotten is gone in the end,
// the rest is there, and the tables agree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "store/store_opener.h"
#include "tests/support/fakes.h"
#include "tests/support/octets_on_disk.h"
#include "tests/support/sanitized.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {
namespace {

using Fault = FaultyDisk::Fault;
using ::testing::IsEmpty;

class ForgetFaultTest : public ::testing::TestWithParam<Fault> {
 protected:
  ForgetFaultTest() {
    options_.path = folder_.path() + "/store";
    options_.record_wait = Milliseconds(1000);
    open();
  }
  ~ForgetFaultTest() override { disk_.set(Fault::kNone); }

  void open() {
    store_.reset();
    auto opened = StoreOpener::open(options_, clock_, disk_.env());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
    ASSERT_TRUE(StoreOpener::write_plainly(*store_).ok());
  }

  void deliver_one(const std::string& name) {
    do {
      clock_.advance(Seconds(2));
    } while (deliver(*store_, answer_of(name, {"192.0.2.1", "192.0.2.2"}), "10.0.0.1",
                     clock_.wall()) != Recorded::kYes);
  }

  // Time goes on meanwhile; after a while nothing fails any more.
  bool forget_in_the_end() {
    auto forgotten = begin_to_forget();
    for (int i = 0; forgotten.wait_for(Milliseconds(5)) != std::future_status::ready; ++i) {
      if (i == kFailingFor) {
        disk_.set(Fault::kNone);
      }
      clock_.advance(Seconds(1));
    }
    disk_.set(Fault::kNone);
    return forgotten.get();
  }

  // The same for as long as it takes.
  bool forget() {
    auto forgotten = begin_to_forget();
    while (forgotten.wait_for(Milliseconds(5)) != std::future_status::ready) {
      clock_.advance(Seconds(1));
    }
    return forgotten.get();
  }

  std::future<bool> begin_to_forget() {
    ForgetOrder order;
    order.query.name = *DomainName::from_text("secret.example");
    order.query.match = NameMatch::kSubtree;
    order.mode = ForgetMode::kForget;
    return std::async(std::launch::async, [this, order] { return store_->forget(order).ok(); });
  }

  static constexpr int kFailingFor = 60;  // turns of forget_in_the_end()

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  FaultyDisk disk_;
  Options options_;
  std::unique_ptr<Store> store_;
};

TEST_P(ForgetFaultTest, what_is_to_be_forgotten_goes_in_the_end) {
  uint64_t open_ones = 0;
  for (int n = 0;; n += testing::kCallStep + n / 3) {
    deliver_one("n" + std::to_string(n) + ".secret.example");
    deliver_one("open.example");
    ++open_ones;
    const int calls = disk_.calls();
    disk_.set(GetParam(), "/store/", n);
    const bool done = forget_in_the_end();
    const bool untouched = disk_.calls() - calls <= n;
    for (int again = 0; !done && !forget_in_the_end(); ++again) {
      ASSERT_LT(again, 5) << n;
    }
    EXPECT_THAT(testing::files_with_octets(options_.path, "secret"), IsEmpty()) << n;
    const auto report = store_->verify();
    ASSERT_THAT(report->findings, IsEmpty()) << n;
    ASSERT_EQ(report->deliveries, open_ones) << n;
    if (untouched) {
      EXPECT_GT(n, 100);
      break;
    }
  }
  open();
  const auto evidence = store_->evidence(about("192.0.2.1", clock_.wall()));
  EXPECT_EQ(evidence->at(0).deliveries, open_ones);
}

// Were rows gone that the coverage on the disk still speaks of, a power loss would leave it so.
TEST_P(ForgetFaultTest, no_row_goes_while_the_cut_of_the_coverage_is_not_synced) {
  const auto told = [&] {
    return store_->deliveries({.span = {WallTime(), clock_.wall()}})->size();
  };
  deliver_one("www.secret.example");
  deliver_one("open.example");
  disk_.set(GetParam(), ".log", 0, FaultyDisk::Calls::kSyncs);
  EXPECT_FALSE(forget()) << "the cut is written, but not synced";
  disk_.set(GetParam());  // Nor can the journal be opened again.
  clock_.advance(Seconds(61));
  StoreOpener::let_go(*store_);  // It is tried again.
  EXPECT_EQ(told(), 2U);
  disk_.set(Fault::kNone);
  for (int again = 0; !forget(); ++again) {
    ASSERT_LT(again, 5);
  }
  EXPECT_EQ(told(), 1U);
  EXPECT_THAT(store_->verify()->findings, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Faults, ForgetFaultTest,
                         ::testing::Values(Fault::kIoError, Fault::kNoSpace, Fault::kShortWrite));

}  // namespace
}  // namespace etymon::store

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
  bool forget() {
    ForgetOrder order;
    order.query.name = *DomainName::from_text("secret.example");
    order.query.match = NameMatch::kSubtree;
    order.mode = ForgetMode::kForget;
    auto forgotten = std::async(std::launch::async, [&] { return store_->forget(order).ok(); });
    for (int i = 0; forgotten.wait_for(Milliseconds(5)) != std::future_status::ready; ++i) {
      if (i == kFailingFor) {
        disk_.set(Fault::kNone);
      }
      clock_.advance(Seconds(1));
    }
    disk_.set(Fault::kNone);
    return forgotten.get();
  }

  static constexpr int kFailingFor = 60;  // turns of forget()

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
    const bool done = forget();
    const bool untouched = disk_.calls() - calls <= n;
    for (int again = 0; !done && !forget(); ++again) {
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

INSTANTIATE_TEST_SUITE_P(Faults, ForgetFaultTest,
                         ::testing::Values(Fault::kIoError, Fault::kNoSpace, Fault::kShortWrite));

}  // namespace
}  // namespace etymon::store

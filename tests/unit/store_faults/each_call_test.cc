// Promise 2, call by call: whichever of them to the disk fails, no acknowledged delivery is
// missing, no loss is silent, and the store opens again.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <stop_token>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/support/sanitized.h"
#include "tests/unit/store/fault_fixture.h"

namespace etymon::store {
namespace {

using Fault = FaultyDisk::Fault;
using Lasts = FaultyDisk::Lasts;
using Calls = FaultyDisk::Calls;

// What fails, whether it goes on failing, and how many a step larger each N is than the one before:
// where it is 0 none is left out, of the released code (kCallStep).
struct Failing {
  Fault fault;
  Lasts lasts = Lasts::kUntilSet;
  Calls calls = Calls::kChanges;
  int growth_percent = 0;

  int after(int n) const { return n + testing::kCallStep + n * growth_percent / 100; }
};

constexpr Failing kEachError{Fault::kIoError};
constexpr Failing kShortWrites{Fault::kShortWrite};
constexpr Failing kNoRoom{Fault::kNoSpace, Lasts::kUntilSet, Calls::kChanges, 10};
constexpr Failing kOneError{Fault::kIoError, Lasts::kOnce, Calls::kChanges, 10};
constexpr Failing kOneShortWrite{Fault::kShortWrite, Lasts::kOnce, Calls::kChanges, 10};
constexpr Failing kErrorsOfReads{Fault::kIoError, Lasts::kUntilSet, Calls::kAll, 10};
constexpr Failing kOneErrorOfReads{Fault::kIoError, Lasts::kOnce, Calls::kAll, 10};

// Fail the Nth call, for every N (Failing) until a run ends untouched: no acknowledged delivery
// is missing and none is there twice, every other one is counted and lies in a gap, now and after a
// restart.
class EachCallTest : public FaultTest, public ::testing::WithParamInterface<Failing> {
 protected:
  void break_call(const char* where, int n) {
    disk_.set(GetParam().fault, where, n, GetParam().calls, GetParam().lasts);
  }

  // In the middle of them a fold.
  struct Six {
    uint64_t recorded = 0;
    std::vector<WallTime> lost;
  };
  Six deliver_six() {
    Six six;
    for (int i = 0; i < 6; ++i) {
      if (deliver_one() == Recorded::kYes) {
        ++six.recorded;
      } else {
        six.lost.push_back(clock_.wall());
      }
      if (i == 2) {
        static_cast<void>(store_->fold());
      }
    }
    return six;
  }

  bool covers_one_of(const std::vector<WallTime>& times) const {
    return std::ranges::any_of(times, [&](WallTime at) {
      return store_->coverage().covers({at, at});
    });
  }
};

TEST_P(EachCallTest, that_fails_costs_no_acknowledged_delivery) {
  uint64_t low = 0;
  uint64_t high = 0;  // with those of which it is open whether they arrived
  for (int n = 0;; n = GetParam().after(n)) {
    const int calls = disk_.calls();
    break_call("/store/", n);
    const Six six = deliver_six();
    low += six.recorded;
    high += 6;
    const bool untouched = disk_.calls() - calls <= n;
    disk_.set(Fault::kNone);
    ASSERT_TRUE(eventually([&] { return recording(); })) << n;
    ASSERT_EQ(store_->statistics().lost, six.lost.size()) << n;
    ASSERT_FALSE(covers_one_of(six.lost)) << n;
    const uint64_t now = found();
    ASSERT_GE(now, low) << n;
    ASSERT_LE(now, high) << n;
    clock_.advance(Seconds(1));  // A start in the microsecond of a loss would cover it.
    open();
    ASSERT_EQ(found(), now) << n;
    ASSERT_FALSE(covers_one_of(six.lost)) << n;
    low = high = now;
    if (untouched) {
      EXPECT_EQ(six.recorded, 6U);
      EXPECT_GT(n, 10);
      return;
    }
  }
}

// What has failed may have arrived: an import that is tried again then is there twice.
TEST_P(EachCallTest, that_fails_imports_a_chunk_once) {
  for (const Milliseconds sync_every : {Milliseconds(0), Milliseconds(60'000)}) {
    options_.sync_every = sync_every;
    open();
    const uint64_t before = found();
    uint64_t delivered = 0;
    bool untouched = false;
    for (uint64_t n = 0; !untouched; ++n) {
      delivered += deliver_one() == Recorded::kYes ? 1U : 0U;
      const uint64_t there = found();
      break_call("/journal/", static_cast<int>(n));
      const int calls = disk_.calls();
      const Observed one{clock_.wall() - Seconds(1), ip("10.0.0.1"), answer_, 300, Transport::kUdp};
      std::atomic<bool> done = false;
      std::thread importing([&] {
        EXPECT_TRUE(store_->ingest(std::vector{one}).ok());
        done = true;
      });
      EXPECT_TRUE(eventually([&] { return done || !recording(); }));
      untouched = disk_.calls() - calls <= static_cast<int>(n);
      disk_.set(Fault::kNone);
      importing.join();
      ASSERT_TRUE(eventually([&] { return recording(); }));
      ASSERT_EQ(found(), there + 1) << n;
      open();
      ASSERT_EQ(found(), there + 1) << n;
      EXPECT_TRUE(!untouched || n > 0);
    }
    EXPECT_EQ(found(), before + 2 * delivered);
  }
}

// What is stopped may have arrived: the next one must not be taken for it.
TEST_P(EachCallTest, that_fails_costs_not_the_import_behind_one_that_was_stopped) {
  options_.sync_every = Milliseconds(0);
  open();
  const Answer other = answer_of("other.example", {"192.0.2.2"});
  bool untouched = false;
  for (uint64_t n = 0; !untouched; ++n) {
    clock_.advance(Seconds(2));
    const int calls = disk_.calls();
    break_call("/journal/", static_cast<int>(n));
    std::stop_source stop;
    std::atomic<bool> done = false;
    std::thread stopped([&] {
      const Observed one{clock_.wall() - Seconds(1), ip("10.0.0.1"), other, 300, Transport::kUdp};
      const auto taken = store_->ingest(std::vector{one}, stop.get_token());
      EXPECT_TRUE(taken.ok() || taken.error().code == ErrorCode::kUnavailable);
      done = true;
    });
    EXPECT_TRUE(eventually([&] { return done || !recording(); }));
    untouched = disk_.calls() - calls <= static_cast<int>(n);
    stop.request_stop();
    stopped.join();
    std::thread next([&] {
      const Observed one{clock_.wall() - Seconds(1), ip("10.0.0.1"), answer_, 300, Transport::kUdp};
      EXPECT_TRUE(store_->ingest(std::vector{one}).ok());
    });
    const int retried = disk_.calls();
    EXPECT_TRUE(eventually([&] { return untouched || disk_.calls() > retried; }));
    disk_.set(Fault::kNone);
    next.join();
    ASSERT_TRUE(eventually([&] { return recording(); }));
    ASSERT_EQ(found(), n + 1);
  }
  open();
  EXPECT_GT(found(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Faults, EachCallTest,
                         ::testing::Values(kEachError, kNoRoom, kOneError, kOneShortWrite,
                                           kErrorsOfReads, kOneErrorOfReads));

// A store is opened while the Nth call fails, for every N until it opens untouched. Whatever that
// left, the next start finds no fault. A short write is the worst: it leaves half of something.
class EachStartTest : public FaultTest,
                      public ::testing::WithParamInterface<std::tuple<bool, Failing>> {};

TEST_P(EachStartTest, that_fails_leaves_a_folder_that_opens) {
  const auto [is_new, failing] = GetParam();
  store_.reset();
  for (int n = 0;; n = failing.after(n)) {
    if (is_new) {
      std::filesystem::remove_all(options_.path);
    }
    const int calls = disk_.calls();
    disk_.set(failing.fault, "/store/", n, failing.calls, failing.lasts);
    static_cast<void>(StoreOpener::open(options_, clock_, disk_.env()));
    const bool untouched = disk_.calls() - calls <= n;
    disk_.set(Fault::kNone);
    open();
    ASSERT_EQ(deliver_one(), Recorded::kYes) << n;
    store_.reset();
    if (untouched) {
      EXPECT_GT(n, 10);
      return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(NewFolderOrNot, EachStartTest,
                         ::testing::Combine(::testing::Bool(),
                                            ::testing::Values(kShortWrites, kOneShortWrite,
                                                              kOneErrorOfReads)));

}  // namespace
}  // namespace etymon::store

// Promise 2: whatever the disk does, record() returns in time, no loss is silent, recording
// resumes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>
#include <tuple>

#include "store/store_opener.h"
#include "tests/support/fakes.h"
#include "tests/support/sanitized.h"
#include "tests/unit/store/deliveries.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {
namespace {

using Fault = FaultyDisk::Fault;
using Lasts = FaultyDisk::Lasts;
using Calls = FaultyDisk::Calls;
using ::testing::HasSubstr;

// One turn as a loop records it, given up as its second thread does it. The first is gone with
// this.
class LoopsTurn {
 public:
  LoopsTurn(Store& store, const Delivery& delivery)
      : store_(store), turn_{delivery}, recording_([this] { store_.record(turn_, ticket_); }) {}
  ~LoopsTurn() { recording_.join(); }

  Recorded give_up() { return store_.give_up(turn_, ticket_); }

 private:
  Store& store_;
  const std::vector<Delivery> turn_;
  RecordTicket ticket_;
  std::thread recording_;
};

class FaultTest : public ::testing::Test {
 protected:
  FaultTest() {
    options_.path = folder_.path() + "/store";
    options_.tail_deliveries_max = 1000;
    options_.record_wait = Milliseconds(200);  // A busy machine takes more than the default.
    open();
  }
  ~FaultTest() override { disk_.set(Fault::kNone); }

  void open() {
    store_.reset();
    auto opened = StoreOpener::open(options_, clock_, disk_.env());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }

  Recorded deliver_one() {
    clock_.advance(Seconds(2));
    return deliver(*store_, answer_, "10.0.0.1", clock_.wall());
  }

  // Its record hangs; wherever it is by then, it is given up.
  std::unique_ptr<LoopsTurn> begin_one() {
    clock_.advance(Seconds(2));
    const Delivery delivery{clock_.wall(), ip("10.0.0.1"), store_->remember(answer_), 300};
    return std::make_unique<LoopsTurn>(*store_, delivery);
  }

  void await_call(int calls) {
    ASSERT_TRUE(eventually([&] { return disk_.calls() > calls; }));
  }

  uint64_t found() {
    const auto evidence = store_->evidence(about("192.0.2.1", clock_.wall()));
    return evidence->empty() ? 0 : evidence->front().deliveries;
  }

  // Waits for what a thread of the store does by itself.
  template <class Condition>
  static bool eventually(Condition condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) {
      std::this_thread::sleep_for(Milliseconds(5));
    }
    return condition();
  }

  bool recording() const { return store_->statistics().recording; }

  testing::TemporaryFolder folder_;
  testing::ManualClock clock_;
  FaultyDisk disk_;
  Options options_;
  std::unique_ptr<Store> store_;
  const Answer answer_ = answer_of("www.example.com", {"192.0.2.1"});
};

TEST_F(FaultTest, a_turn_that_hangs_is_given_up_and_leaves_a_gap) {
  ASSERT_EQ(deliver_one(), Recorded::kYes);
  const WallTime good = clock_.wall();
  disk_.set(Fault::kHang);
  const int calls = disk_.calls();
  auto hanging = begin_one();
  const WallTime lost = clock_.wall();
  await_call(calls);
  EXPECT_EQ(hanging->give_up(), Recorded::kLost);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(deliver_one(), Recorded::kLost);  // At once: this thread would hang, too.
  }
  EXPECT_EQ(store_->statistics().lost, 101U);
  EXPECT_FALSE(recording());
  EXPECT_TRUE(store_->coverage().covers({good, good}));
  EXPECT_FALSE(store_->coverage().covers({lost, lost}));

  disk_.set(Fault::kNone);
  hanging.reset();
  ASSERT_TRUE(eventually([&] { return recording(); }));
  EXPECT_EQ(deliver_one(), Recorded::kYes);
  EXPECT_FALSE(store_->coverage().covers({lost, lost}));
  EXPECT_TRUE(store_->coverage().covers({clock_.wall(), clock_.wall()}));
  EXPECT_EQ(store_->statistics().recorded, 2U);
  EXPECT_EQ(store_->statistics().lost, 101U);
}

TEST_F(FaultTest, a_turn_that_waits_for_one_that_hangs_waits_no_longer_than_the_bounded_time) {
  options_.sync_every = Seconds(60);  // Only the turn can be what hangs.
  open();
  disk_.set(Fault::kHang);
  const int calls = disk_.calls();
  auto hanging = begin_one();
  await_call(calls);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(deliver_one(), Recorded::kLost);
  const auto waited = std::chrono::steady_clock::now() - before;
  EXPECT_GE(waited, options_.record_wait);
  EXPECT_LT(waited, 20 * options_.record_wait) << "far longer than a busy machine makes of it";
  EXPECT_EQ(hanging->give_up(), Recorded::kLost) << "given up together with the one that waited";
  EXPECT_EQ(store_->statistics().lost, 2U);
  disk_.set(Fault::kNone);
}

// The thread that takes over may be faster than the one that comes to the journal late.
TEST_F(FaultTest, a_turn_that_is_given_up_before_it_came_is_lost_once) {
  ASSERT_EQ(deliver_one(), Recorded::kYes);
  clock_.advance(Seconds(2));
  const WallTime lost = clock_.wall();
  const std::vector<Delivery> turn{{lost, ip("10.0.0.1"), store_->remember(answer_), 300}};
  RecordTicket ticket;
  EXPECT_EQ(store_->give_up(turn, ticket), Recorded::kLost);
  EXPECT_EQ(store_->record(turn, ticket), Recorded::kLost);
  EXPECT_EQ(store_->statistics().lost, 1U);
  EXPECT_EQ(found(), 1U);
  ASSERT_TRUE(eventually([&] { return recording(); }));
  EXPECT_EQ(deliver_one(), Recorded::kYes);
  EXPECT_FALSE(store_->coverage().covers({lost, lost}));
}

TEST_F(FaultTest, a_turn_that_is_given_up_after_it_was_recorded_is_not_lost) {
  clock_.advance(Seconds(2));
  const std::vector<Delivery> turn{{clock_.wall(), ip("10.0.0.1"), store_->remember(answer_), 300}};
  RecordTicket ticket;
  EXPECT_EQ(store_->record(turn, ticket), Recorded::kYes);
  EXPECT_EQ(store_->give_up(turn, ticket), Recorded::kYes);
  EXPECT_EQ(store_->statistics().lost, 0U);
  EXPECT_TRUE(recording());
}

TEST_F(FaultTest, a_turn_that_arrives_on_disk_late_is_in_the_gap_before_and_after_a_restart) {
  disk_.set(Fault::kHang);
  const int calls = disk_.calls();
  auto hanging = begin_one();
  await_call(calls);
  EXPECT_EQ(hanging->give_up(), Recorded::kLost);
  const WallTime lost = clock_.wall();
  disk_.set(Fault::kNone);
  hanging.reset();
  ASSERT_TRUE(eventually([&] { return recording(); }));
  const uint64_t seen = found();
  clock_.advance(Seconds(1));
  open();
  EXPECT_EQ(found(), seen);
  EXPECT_FALSE(store_->coverage().covers({lost, lost}));
}

TEST_F(FaultTest, a_failing_disk_leaves_a_gap_and_recording_resumes_by_itself) {
  for (const Fault fault : {Fault::kIoError, Fault::kNoSpace}) {
    ASSERT_EQ(deliver_one(), Recorded::kYes);
    const uint64_t before = found();
    disk_.set(fault);
    EXPECT_EQ(deliver_one(), Recorded::kLost);
    const WallTime lost = clock_.wall();
    EXPECT_THAT(store_->statistics().last_error, HasSubstr("injected"));
    disk_.set(Fault::kNone);
    ASSERT_TRUE(eventually([&] { return recording(); }));
    ASSERT_EQ(deliver_one(), Recorded::kYes);
    EXPECT_EQ(found(), before + 1);
    EXPECT_EQ(store_->statistics().last_error, "");
    EXPECT_FALSE(store_->coverage().covers({lost, lost}));
    open();
    EXPECT_EQ(found(), before + 1);
    EXPECT_FALSE(store_->coverage().covers({lost, lost}));
  }
}

// Tables that cannot be written do not touch recording until the tail is full.
TEST_F(FaultTest, recording_goes_on_while_the_tables_cannot_be_written) {
  ASSERT_EQ(deliver_one(), Recorded::kYes);
  disk_.set(Fault::kNoSpace, "/tables/");
  EXPECT_FALSE(store_->fold().ok());
  EXPECT_EQ(deliver_one(), Recorded::kYes);
  EXPECT_EQ(found(), 2U);
  EXPECT_THAT(store_->statistics().last_error, HasSubstr("injected"));

  const std::vector<Delivery> turn(
      500, Delivery{clock_.wall(), ip("10.0.0.1"), store_->remember(answer_), 300});
  int taken = 0;
  while (taken < 20 && store_->record(turn) == Recorded::kYes) {
    ++taken;
  }
  EXPECT_EQ(taken, 8);  // four tails of a thousand
  disk_.set(Fault::kNone);
  clock_.advance(Seconds(15));  // The fold was tried often enough to wait that long.
  ASSERT_TRUE(eventually([&] { return recording(); }));
  EXPECT_EQ(deliver_one(), Recorded::kYes);
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_EQ(found(), 2U + 8 * 500 + 1);
}

TEST_F(FaultTest, a_turn_gives_way_to_folds_that_have_fallen_behind) {
  disk_.set(Fault::kNoSpace, "/tables/");
  const std::vector<Delivery> turn(
      500, Delivery{clock_.wall(), ip("10.0.0.1"), store_->remember(answer_), 300});
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(store_->record(turn), Recorded::kYes);  // Three tails of a thousand.
  }
  const SystemClock real;
  const MonotonicTime begun = real.monotonic();
  constexpr int kTurns = 4;
  for (int i = 0; i < kTurns; ++i) {
    EXPECT_EQ(deliver_one(), Recorded::kYes);
  }
  EXPECT_GE(real.monotonic() - begun, kTurns * Milliseconds(1));
}

// RocksDB calls this one fatal: it resumes after it in no way of its own.
TEST_F(FaultTest, folding_resumes_by_itself_after_the_manifest_of_the_tables_failed) {
  for (const Fault fault : {Fault::kIoError, Fault::kNoSpace, Fault::kShortWrite}) {
    ASSERT_EQ(deliver_one(), Recorded::kYes);
    const uint64_t before = found();
    disk_.set(fault, "/tables/MANIFEST");
    EXPECT_FALSE(store_->fold().ok());
    EXPECT_FALSE(store_->fold().ok()) << "nor can the tables be opened anew";
    EXPECT_THAT(store_->statistics().last_error, HasSubstr("injected"));
    EXPECT_EQ(found(), before) << "they can still be read";
    ASSERT_EQ(deliver_one(), Recorded::kYes);
    EXPECT_EQ(found(), before + 1);

    disk_.set(Fault::kNone);
    EXPECT_TRUE(store_->fold().ok()) << store_->statistics().last_error;
    EXPECT_EQ(store_->statistics().tail_deliveries, 0U);
    EXPECT_EQ(store_->statistics().last_error, "");
    EXPECT_EQ(found(), before + 1);
    EXPECT_EQ(store_->statistics().lost, 0U);
  }
}

TEST_F(FaultTest, whoever_reads_never_notices_that_the_tables_are_opened_anew) {
  ASSERT_EQ(deliver_one(), Recorded::kYes);
  ASSERT_TRUE(store_->fold().ok());
  std::atomic<bool> done = false;
  std::vector<std::string> trouble;
  std::thread reading([&] {
    const WallTime later = clock_.wall() + std::chrono::hours(1);
    for (uint64_t least = 1; !done;) {
      const auto evidence = store_->evidence(about("192.0.2.1", later));
      const auto listed = store_->deliveries({.span = {WallTime(), later}});
      const auto report = store_->verify();
      if (!evidence || !listed || !report) {
        trouble.emplace_back("cannot be read");
      } else if (evidence->front().deliveries < least || listed->size() < least) {
        trouble.emplace_back("less than before");
      } else if (!report->is_sound()) {
        trouble.push_back(report->findings.front().text());
      } else {
        least = std::min<uint64_t>(evidence->front().deliveries, listed->size());
      }
    }
  });
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(deliver_one(), Recorded::kYes);
    disk_.set(Fault::kIoError, "/tables/MANIFEST", i);
    static_cast<void>(store_->fold());
    disk_.set(Fault::kNone);
    const Status folded = store_->fold();
    EXPECT_TRUE(folded.ok()) << i << folded.error().message;
  }
  done = true;
  reading.join();
  EXPECT_THAT(trouble, ::testing::IsEmpty());
}

// Up to where all of its record was written, and not synced.
TEST_F(FaultTest, a_fold_that_arrived_although_it_failed_is_not_told_twice) {
  bool failed = true;
  for (uint64_t n = 0; failed; ++n) {
    ASSERT_EQ(deliver_one(), Recorded::kYes);
    disk_.set(Fault::kIoError, "/tables/MANIFEST", static_cast<int>(n));
    failed = !store_->fold().ok();
    EXPECT_EQ(found(), n + 1);
    disk_.set(Fault::kNone);
    const Status folded = store_->fold();
    ASSERT_TRUE(folded.ok()) << folded.error().message;
    EXPECT_EQ(store_->statistics().tail_deliveries, 0U);
    EXPECT_EQ(found(), n + 1);
  }
  const auto report = store_->verify();
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->is_sound()) << report->findings.front().text();
}

// RocksDB asks not whether it could read the first and the last key of what it takes in.
TEST_F(FaultTest, a_fold_whose_files_cannot_be_read_for_a_moment_is_told_all_the_same) {
  bool untouched = false;
  for (uint64_t n = 0; !untouched; ++n) {
    ASSERT_EQ(deliver_one(), Recorded::kYes);
    const int calls = disk_.calls();
    disk_.set(Fault::kIoError, "/tables/fold/", static_cast<int>(n), Calls::kAll, Lasts::kOnce);
    static_cast<void>(store_->fold());
    untouched = disk_.calls() - calls <= static_cast<int>(n);
    disk_.set(Fault::kNone);
    const Status folded = store_->fold();
    ASSERT_TRUE(folded.ok()) << folded.error().message;
    ASSERT_EQ(found(), n + 1);
    EXPECT_TRUE(!untouched || n > 10);
  }
  const auto report = store_->verify();
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->is_sound()) << report->findings.front().text();
}

// Whatever part of it fails: letting go goes on by itself, and of what is kept nothing is missing.
TEST_F(FaultTest, letting_go_resumes_by_itself_after_the_tables_failed) {
  for (int n = 0;; n += 1 + n / 4) {
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(deliver_one(), Recorded::kYes);
      ASSERT_TRUE(store_->fold().ok());
    }
    clock_.advance(std::chrono::hours(2));
    ASSERT_EQ(deliver_one(), Recorded::kYes);
    const int calls = disk_.calls();
    disk_.set(Fault::kIoError, "/tables/", n);
    ASSERT_TRUE(store_->set_retention({.keep = std::chrono::hours(1)}).ok());
    StoreOpener::let_go(*store_);
    EXPECT_EQ(found(), 1U) << n;
    const bool untouched = disk_.calls() - calls <= n;
    disk_.set(Fault::kNone);
    ASSERT_TRUE(store_->fold().ok()) << n;
    StoreOpener::let_go(*store_);
    EXPECT_EQ(store_->statistics().last_error, "") << n;
    EXPECT_EQ(found(), 1U) << n;
    const auto report = store_->verify();
    ASSERT_TRUE(report.ok());
    ASSERT_TRUE(report->is_sound()) << n << ": " << report->findings.front().text();
    if (untouched) {
      EXPECT_GT(n, 3);
      return;
    }
  }
}

// The parts of a tail end elsewhere when it is refilled. Each entry defines only what the part that
// it was written for lacked, so no part may end where it did not end before.
TEST_F(FaultTest, a_refilled_tail_knows_every_answer_wherever_its_parts_had_ended) {
  const auto record = [&](const Answer& answer, size_t deliveries) {
    const Delivery one{clock_.wall(), ip("10.0.0.1"), store_->remember(answer), 300};
    ASSERT_EQ(store_->record(std::vector<Delivery>(deliveries, one)), Recorded::kYes);
  };
  disk_.set(Fault::kNoSpace, "/tables/");
  record(answer_, 600);
  EXPECT_FALSE(store_->fold().ok());
  const Answer other = answer_of("other.example", {"192.0.2.1"});
  for (int i = 0; i < 3; ++i) {
    record(other, 500);
  }
  disk_.set(Fault::kNone);
  open();
  EXPECT_EQ(found(), 1500U);  // the newest name's
  ASSERT_TRUE(store_->fold().ok());
  EXPECT_EQ(found(), 1500U);
}

// A backup to a place that hangs, say.
TEST_F(FaultTest, a_copy_that_does_not_get_on_keeps_recording_from_nothing) {
  ASSERT_EQ(deliver_one(), Recorded::kYes);
  std::promise<void> begun;
  std::promise<void> let_go;
  std::once_flag once;
  const auto at_the_first_file = [&](uint64_t, uint64_t) {
    std::call_once(once, [&] {
      begun.set_value();
      let_go.get_future().wait();
    });
  };
  const std::string backup = folder_.path() + "/backup";
  std::thread copying([&] {
    const Status copied = store_->backup(backup, {{}, at_the_first_file});
    EXPECT_TRUE(copied.ok()) << copied.error().message;
  });
  begun.get_future().wait();
  disk_.set(Fault::kIoError);
  EXPECT_EQ(deliver_one(), Recorded::kLost);
  disk_.set(Fault::kNone);
  EXPECT_TRUE(eventually([&] { return recording(); }));
  EXPECT_EQ(deliver_one(), Recorded::kYes);
  let_go.set_value();
  copying.join();
  EXPECT_EQ(found(), 2U);
  options_.path = backup;
  open();
  EXPECT_EQ(found(), 1U);
}

// What fails, whether it goes on failing, and how many a step larger each N is than the one before:
// none is left out where it is 0.
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
        EXPECT_TRUE(store_->ingest(std::vector{one}, {}).ok());
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
      const auto taken = store_->ingest(std::vector{one}, {}, stop.get_token());
      EXPECT_TRUE(taken.ok() || taken.error().code == ErrorCode::kUnavailable);
      done = true;
    });
    EXPECT_TRUE(eventually([&] { return done || !recording(); }));
    untouched = disk_.calls() - calls <= static_cast<int>(n);
    stop.request_stop();
    stopped.join();
    std::thread next([&] {
      const Observed one{clock_.wall() - Seconds(1), ip("10.0.0.1"), answer_, 300, Transport::kUdp};
      EXPECT_TRUE(store_->ingest(std::vector{one}, {}).ok());
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

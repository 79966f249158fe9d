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
#include <set>
#include <string>
#include <thread>

#include "tests/unit/store/fault_fixture.h"

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

class HangingTest : public FaultTest {
 protected:
  // Its record hangs; wherever it is by then, it is given up.
  std::unique_ptr<LoopsTurn> begin_one() {
    clock_.advance(Seconds(2));
    const Delivery delivery{clock_.wall(), ip("10.0.0.1"), store_->remember(answer_), 300};
    return std::make_unique<LoopsTurn>(*store_, delivery);
  }

  void await_call(int calls) {
    ASSERT_TRUE(eventually([&] { return disk_.calls() > calls; }));
  }
};

TEST_F(HangingTest, a_turn_that_hangs_is_given_up_and_leaves_a_gap) {
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

TEST_F(HangingTest, a_turn_that_waits_for_one_that_hangs_waits_no_longer_than_the_bounded_time) {
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

TEST_F(HangingTest, a_turn_that_arrives_on_disk_late_is_in_the_gap_before_and_after_a_restart) {
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

// Each try may cost as much as a start.
TEST_F(FaultTest, a_journal_that_cannot_be_opened_again_is_tried_less_and_less_often) {
  disk_.set(Fault::kIoError);
  ASSERT_EQ(deliver_one(), Recorded::kLost);
  disk_.set(Fault::kIoError, "/journal/CURRENT", 0, Calls::kAll);  // read twice in each try
  const int calls = disk_.calls();
  const SystemClock real;
  const auto when_read = [&](int times) {
    EXPECT_TRUE(eventually([&] { return disk_.calls() >= calls + times; }));
    return real.monotonic();
  };
  const MonotonicTime first = when_read(1);
  const MonotonicTime third = when_read(5);
  const MonotonicTime fifth = when_read(9);
  EXPECT_GT(fifth - third, 2 * (third - first));
  disk_.set(Fault::kNone);
  ASSERT_TRUE(eventually([&] { return recording(); }));
  EXPECT_EQ(deliver_one(), Recorded::kYes);
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

// A disk says of a bad sector that it cannot be read, and goes on to say so.
TEST_F(FaultTest, an_answer_that_cannot_be_read_is_new_to_a_fold) {
  ASSERT_EQ(deliver_one(), Recorded::kYes);
  ASSERT_TRUE(store_->fold().ok());
  std::set<std::string> files;  // The answers are the first that a fold brings.
  for (const auto& file : std::filesystem::directory_iterator(options_.path + "/tables")) {
    if (file.path().extension() == ".sst") {
      files.insert(file.path().filename().string());
    }
  }
  ASSERT_FALSE(files.empty());
  options_.block_cache_bytes = 0;
  open();  // The next fold has to ask the tables.
  disk_.set(Fault::kIoError, *files.begin(), 0, Calls::kAll);
  const int calls = disk_.calls();
  ASSERT_EQ(deliver_one(), Recorded::kYes);
  const Status folded = store_->fold();
  EXPECT_TRUE(folded.ok()) << folded.error().message;
  EXPECT_GT(disk_.calls(), calls) << "nothing was read";
  disk_.set(Fault::kNone);
  const auto report = store_->verify();
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->is_sound()) << report->findings.front().text();
  EXPECT_EQ(report->deliveries, 2U);
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
    ASSERT_TRUE(store_->change_retention({.keep = std::chrono::hours(1)}).ok());
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

}  // namespace
}  // namespace etymon::store

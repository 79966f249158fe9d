// Promise 1: a process that is killed at any moment loses nothing that it had acknowledged.
#include "tests/unit/store/crash_child.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "store/folding/fold.h"
#include "store/journal/journal_database.h"
#include "store/journal/journal_entry.h"
#include "store/tables/tables.h"
#include "store/upkeep/closed_store.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"
#include "tests/support/sanitized.h"

namespace etymon::store {
namespace {

class CrashTest : public ::testing::Test {
 protected:
  ~CrashTest() override { munmap(progress_, sizeof(Progress)); }

  // A process of its own, without any thread of this one.
  std::unique_ptr<testing::Process> start_child() {
    return std::make_unique<testing::Process>(
        std::vector<std::string>{ETYMON_CRASH_CHILD, folder_.path()});
  }

  // Whether one that was to die before its Nth call to the disk had so many.
  bool child_dies_before(int n) const {
    testing::Process child({ETYMON_CRASH_CHILD, folder_.path(), std::to_string(n)});
    const int status = child.wait().value_or(-1);
    EXPECT_TRUE(status == 0 || status == 128 + SIGKILL) << n << ": " << status;
    return status != 0;
  }

  // What was acknowledged is there once, what was only begun once or not at all, and nothing else.
  // From then on all that was begun is there.
  void expect_all_once() {
    const SystemClock clock;
    const auto store = std::move(*Store::open(options_, clock));
    EvidenceQuery query = about("192.0.2.1", clock.wall() + Seconds(60));
    query.limit = 10'000'000;
    const auto found = *store->evidence(query);
    std::vector<uint64_t> times(progress_->begun);
    for (const Evidence& one : found) {
      const uint64_t n = std::stoull(one.answer->question.name.text().substr(1));
      ASSERT_LT(n, times.size());
      times[n] += one.deliveries;
    }
    for (uint64_t n = 0; n < times.size(); ++n) {
      const bool once = times[n] == 1 || (times[n] == 0 && n >= progress_->acknowledged);
      ASSERT_TRUE(once) << "delivery " << n << " is there " << times[n] << " times";
    }
    progress_->acknowledged = progress_->begun.load();
    for (uint64_t n = 0; n < times.size(); ++n) {
      if (times[n] == 0) {
        deliver(*store, answer_number(n), "10.0.0.1", clock.wall());
      }
    }
  }

  // Until the child has begun another turn, or has had a minute for it.
  void await_turn(uint64_t begun) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (progress_->begun == begun && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(Milliseconds(1));
    }
  }

  // True when the child had to be killed, as it should.
  static bool kill_child(testing::Process& child) {
    child.send(SIGKILL);
    return child.wait() == 128 + SIGKILL;
  }

  testing::TemporaryFolder folder_;
  const Options options_ = crash_options(folder_.path());
  Progress* const progress_ = map_progress(folder_.path());
};

TEST_F(CrashTest, a_kill_at_any_moment_loses_and_doubles_nothing) {
  std::mt19937 dice(7);
  for (int round = 0; round < 12; ++round) {
    const uint64_t begun = progress_->begun;
    const auto child = start_child();
    // A kill may come while the store is being opened. How long that takes is the machine's affair:
    // on a busy one every kill came then, and the test showed nothing.
    if (round % 3 != 0) {
      await_turn(begun);
    }
    std::this_thread::sleep_for(Milliseconds(50 + dice() % 300));
    ASSERT_TRUE(kill_child(*child)) << "the child ended by itself in round " << round;

    expect_all_once();
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  EXPECT_GT(progress_->begun, 1000U);
}

// Opening, recording, folding, copying, letting go, rewriting, closing: a step in the middle of any
// of them is the last one.
TEST_F(CrashTest, a_kill_before_any_call_to_the_disk_loses_and_doubles_nothing) {
  const std::string backup = folder_.path() + "/backup";
  int n = 0;
  for (; child_dies_before(n); n += testing::kCallStep + n / 24) {
    expect_all_once();
    ASSERT_FALSE(HasFailure()) << n;
    const auto report = verify_closed(options_.path);
    ASSERT_TRUE(report.ok()) << n << ": " << report.error().message;
    ASSERT_TRUE(report->is_sound()) << n << ": " << report->findings.front().text();
    if (std::filesystem::exists(backup)) {
      ASSERT_TRUE(verify_closed(backup)->is_sound()) << n;
    }
    std::filesystem::remove_all(backup);
    std::filesystem::remove_all(backup + ".partial");
  }
  EXPECT_GT(n, 100);
}

TEST_F(CrashTest, a_crash_between_fold_and_dropping_the_journal_doubles_nothing) {
  testing::ManualClock clock;
  const Answer answer = answer_number(1);
  {
    auto store = std::move(*Store::open(options_, clock));
    for (int i = 0; i < 5; ++i) {
      ASSERT_EQ(deliver(*store, answer, "10.0.0.1", clock.wall()), Recorded::kYes);
    }
  }
  {  // Fold by hand what the journal holds, and drop nothing.
    auto journal =
        std::move(*JournalDatabase::open(options_.path + "/journal", *rocksdb::Env::Default()));
    auto tables =
        std::move(*Tables::open(options_.path + "/tables", *rocksdb::Env::Default(), 1 << 20));
    AnswerBook book(*tables, 0, {.capacity = 10});
    TailPart part;
    Sequence last = 0;
    ASSERT_TRUE(journal
                    ->scan(0,
                           [&](Sequence sequence, std::string_view bytes) {
                             const JournalEntry entry = *decode_entry(bytes);
                             std::vector<KnownAnswerPtr> fresh;
                             for (const auto& definition : entry.definitions) {
                               fresh.push_back(*book.learn(definition.id, definition.answer));
                             }
                             part.append(fresh, entry.deliveries);
                             last = sequence;
                             return Status();
                           })
                    .ok());
    part.freeze(last);
    ASSERT_TRUE(fold(part, *tables, book).ok());
    EXPECT_EQ(*tables->folded_up_to(), last);
  }
  auto store = std::move(*Store::open(options_, clock));
  EXPECT_EQ(store->statistics().tail_deliveries, 0U);
  EXPECT_EQ((*store->evidence(about("192.0.2.1", clock.wall())))[0].deliveries, 5U);
  deliver(*store, answer, "10.0.0.1", clock.wall());
  EXPECT_EQ((*store->evidence(about("192.0.2.1", clock.wall())))[0].deliveries, 6U);
}

TEST_F(CrashTest, the_gap_begins_at_the_last_durable_moment) {
  const auto child = start_child();
  ASSERT_TRUE(testing::eventually([&] { return progress_->acknowledged >= 100; }));
  ASSERT_TRUE(kill_child(*child));
  const SystemClock clock;
  auto store = std::move(*Store::open(options_, clock));
  const auto intervals = store->coverage().intervals();
  ASSERT_EQ(intervals.size(), 2U);
  EXPECT_EQ(intervals[0].ended, CoverageEdge::kCrash);
  WallTime newest;
  const auto found = *store->evidence(about("192.0.2.1", clock.wall()));
  for (const Evidence& one : found) {
    newest = std::max(newest, one.newest.at);
  }
  EXPECT_EQ(intervals[0].span.end, newest);
  EXPECT_GT(intervals[1].span.start, newest);
}

}  // namespace
}  // namespace etymon::store

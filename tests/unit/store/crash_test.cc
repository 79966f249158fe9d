// Promise 1: a process that is killed at any moment loses nothing that it had acknowledged.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "store/fold.h"
#include "store/journal_database.h"
#include "store/journal_entry.h"
#include "store/tables.h"
#include "tests/support/fakes.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {
namespace {

// What the child has done, in a file that both have mapped: seen by the parent after the kill.
struct Progress {
  std::atomic<uint64_t> begun{0};
  std::atomic<uint64_t> acknowledged{0};
};

Progress* map_progress(const std::string& folder) {
  const int file = open((folder + "/progress").c_str(), O_RDWR | O_CREAT, 0600);
  EXPECT_EQ(ftruncate(file, sizeof(Progress)), 0);
  void* memory = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return static_cast<Progress*>(memory);  // A file of zeros is a Progress that has not begun.
}

Options options_in(const std::string& folder) {
  Options options;
  options.path = folder + "/store";
  options.tail_deliveries_max = 1000;
  options.record_wait = Milliseconds(1000);
  return options;
}

// Delivery number n is of name n, so that each can be counted.
Answer answer_number(uint64_t n) {
  return answer_of("n" + std::to_string(n) + ".example", {"192.0.2.1"});
}

constexpr const char* kChildFolder = "ETYMON_CRASH_CHILD_FOLDER";

// The child: this program again, a process without any thread of the parent's, running this alone.
TEST(CrashChild, DISABLED_records_until_it_is_killed) {
  const char* folder = std::getenv(kChildFolder);
  ASSERT_NE(folder, nullptr) << "to be started by CrashTest";
  Progress* progress = map_progress(folder);
  const SystemClock clock;
  const auto store = std::move(*Store::open(options_in(folder), clock));
  while (true) {
    std::vector<Delivery> turn;
    const uint64_t first = progress->begun;
    const uint64_t count = 1 + first % 40;
    for (uint64_t n = first; n < first + count; ++n) {
      turn.push_back({clock.wall(), ip("10.0.0.1"), store->remember(answer_number(n)), 300});
    }
    progress->begun += count;
    ASSERT_EQ(store->record(turn), Recorded::kYes);
    progress->acknowledged += count;
  }
}

class CrashTest : public ::testing::Test {
 protected:
  ~CrashTest() override { munmap(progress_, sizeof(Progress)); }

  pid_t start_child() {
    setenv(kChildFolder, folder_.path().c_str(), 1);
    const char* arguments[] = {"child", "--gtest_filter=CrashChild.*",
                               "--gtest_also_run_disabled_tests", nullptr};
    const pid_t child = fork();
    if (child == 0) {
      execv("/proc/self/exe", const_cast<char**>(arguments));
      _exit(127);
    }
    return child;
  }

  // True when the child had to be killed, as it should.
  static bool kill_child(pid_t child) {
    int status = 0;
    kill(child, SIGKILL);
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status);
  }

  testing::TemporaryFolder folder_;
  const Options options_ = options_in(folder_.path());
  Progress* const progress_ = map_progress(folder_.path());
};

TEST_F(CrashTest, a_kill_at_any_moment_loses_and_doubles_nothing) {
  std::mt19937 dice(7);
  for (int round = 0; round < 12; ++round) {
    const pid_t child = start_child();
    std::this_thread::sleep_for(Milliseconds(50 + dice() % 300));
    ASSERT_TRUE(kill_child(child)) << "the child ended by itself in round " << round;

    const SystemClock clock;
    auto store = std::move(*Store::open(options_, clock));
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
    // What was begun but not acknowledged may be there or not; the next round goes on behind it.
    progress_->acknowledged = progress_->begun.load();
    for (uint64_t n = 0; n < times.size(); ++n) {
      if (times[n] == 0) {
        deliver(*store, answer_number(n), "10.0.0.1", clock.wall());
      }
    }
  }
  EXPECT_GT(progress_->begun, 1000U);
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
    AnswerBook book(*tables, 0, 10);
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
  const pid_t child = start_child();
  while (progress_->acknowledged < 100) {
    std::this_thread::sleep_for(Milliseconds(1));
  }
  ASSERT_TRUE(kill_child(child));
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

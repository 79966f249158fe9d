#include "tests/bench/history_run.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/bench/history_questions.h"

namespace etymon::bench {
namespace {

using std::chrono::steady_clock;

constexpr uint32_t kNames = 10'000;
constexpr size_t kChunk = 4096;         // deliveries that are made up at once
constexpr Seconds kAskAtMost{20};       // questions of one kind; the slow ones are fewer then
constexpr Seconds kWarmAtMost{10};      // as many that are asked before, to warm up
constexpr size_t kColdQuestions = 300;  // each of them is slow

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// The n-th of a hundred, by size. REQUIRES: sorted, not empty.
double percentile(const std::vector<double>& sorted, size_t n) {
  return sorted[std::min(sorted.size() * n / 100, sorted.size() - 1)];
}

class Run {
 public:
  Run(const HistoryPlan& plan, const MakeKeeper& make, const std::string& folder)
      : plan_(plan),
        workload_(workload_of(plan.work)),
        pace_(kHistoryStart, plan.per_second),
        keeper_(make({folder, kHistoryStart, plan.turn})) {}

  nlohmann::json grow_to(size_t size) {
    tell(size);
    nlohmann::json row{{"work", plan_.work},
                       {"keeper", keeper_->name()},
                       {"deliveries", size},
                       {"per_second", static_cast<double>(size) / seconds_},
                       {"cpu_us", cpu_seconds_ / static_cast<double>(size) * 1e6},
                       {"bytes", keeper_->bytes()}};
    row["lookups"]["as_recorded"] = ask_all(Warmth::kWarm);
    const auto begin = steady_clock::now();
    keeper_->compact();
    row["compaction_seconds"] = seconds_since(begin);
    row["bytes_compacted"] = keeper_->bytes();
    row["lookups"]["compacted"] = ask_all(Warmth::kWarm);
    row["lookups"]["cold"] = ask_all(Warmth::kCold);
    keeper_->go_warm();  // for what comes next
    return row;
  }

 private:
  enum class Warmth { kWarm, kCold };

  // What making up the deliveries takes is not counted. What is tidied up behind them is counted as
  // processor time, and waited for, but not as time.
  void tell(size_t size) {
    std::vector<Told> chunk;
    while (told_ < size) {
      chunk.clear();
      for (const size_t end = std::min(size, told_ + kChunk); told_ < end; ++told_) {
        chunk.push_back(workload_->next(pace_.next()));
        sample_.add(chunk.back());
      }
      count([&] { keeper_->keep(chunk, *workload_); });
    }
    count([&] { keeper_->settle(); });
    const double before = keeper_->processor_seconds();
    await_idle();
    cpu_seconds_ += keeper_->processor_seconds() - before;
  }

  template <class Work>
  void count(Work work) {
    const auto begin = steady_clock::now();
    const double cpu_before = keeper_->processor_seconds();
    work();
    seconds_ += seconds_since(begin);
    cpu_seconds_ += keeper_->processor_seconds() - cpu_before;
  }

  void await_idle() {
    constexpr Milliseconds kPeriod{300};
    constexpr double kIdleSeconds = 0.015;  // heartbeats and the like, in a period
    double before = 0;
    double spent = keeper_->processor_seconds();
    do {
      std::this_thread::sleep_for(kPeriod);
      before = std::exchange(spent, keeper_->processor_seconds());
    } while (spent - before > kIdleSeconds);
  }

  nlohmann::json ask_all(Warmth warmth) {
    nlohmann::json figures;
    for (const QuestionKind kind : kQuestionKinds) {
      if (keeper_->understands(kind)) {
        figures[to_text(kind)] = ask(kind, warmth);
      }
    }
    return figures;
  }

  // When warm, the machine holds the files, and as many others of the same kind are asked before:
  // what is often read is in our memory, and the read cache has the memory that it takes. (It gives
  // it up when the tables change. Of 2,000 questions after a compaction of 50 M, the slowest
  // hundredth took a fourth longer than of the next 2,000, for 3,200 page faults.)
  nlohmann::json ask(QuestionKind kind, Warmth warmth) {
    const size_t count = warmth == Warmth::kCold ? kColdQuestions : plan_.questions;
    const size_t before = warmth == Warmth::kCold ? 0 : count;
    auto questions = sample_.questions(kind, count + before, *workload_);
    if (warmth == Warmth::kWarm) {
      keeper_->go_warm();
    }
    const auto warmed = steady_clock::now() + kWarmAtMost;
    for (; questions.size() > count; questions.pop_back()) {
      if (steady_clock::now() < warmed) {
        keeper_->ask(questions.back());
      }
    }
    std::vector<double> took;
    size_t rows = 0;
    const auto begin = steady_clock::now();
    for (const HistoryQuestion& question : questions) {
      if (warmth == Warmth::kCold) {
        keeper_->go_cold();
      }
      const auto asked = steady_clock::now();
      rows += keeper_->ask(question);
      took.push_back(seconds_since(asked) * 1e6);
      if (steady_clock::now() - begin > kAskAtMost) {
        break;
      }
    }
    std::ranges::sort(took);
    return {{"questions", took.size()},
            {"p50_us", percentile(took, 50)},
            {"p99_us", percentile(took, 99)},
            {"max_us", took.back()},
            {"rows", static_cast<double>(rows) / static_cast<double>(took.size())}};
  }

  const HistoryPlan& plan_;
  const std::unique_ptr<HistoryWorkload> workload_;
  Pace pace_;
  const std::unique_ptr<Keeper> keeper_;
  Sample sample_;
  size_t told_ = 0;
  double seconds_ = 0;
  double cpu_seconds_ = 0;
};

}  // namespace

std::unique_ptr<HistoryWorkload> workload_of(const std::string& work) {
  return work == "mixed" ? mixed_history(kNames) : history_of_new_pairs();
}

void run_history(const HistoryPlan& plan, const MakeKeeper& make, const std::string& folder,
                 const OnRow& on_row) {
  Run run(plan, make, folder);
  for (const size_t size : plan.sizes) {
    on_row(run.grow_to(size));
  }
}

}  // namespace etymon::bench

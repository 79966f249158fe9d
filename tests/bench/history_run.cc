#include "tests/bench/history_run.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>

#include "tests/bench/history_questions.h"

namespace etymon::bench {
namespace {

using std::chrono::steady_clock;

constexpr uint32_t kNames = 10'000;
constexpr size_t kChunk = 4096;         // deliveries that are made up at once
constexpr size_t kPasses = 9;           // of which the slow questions have fewer
constexpr Seconds kAskAtMost{20};       // questions of one kind; the slow ones are fewer then
constexpr Seconds kWarmAtMost{10};      // beside that: as many before each pass, to warm up
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
  // what is often read is in our memory, and the read cache has the memory that it takes. (Of 2,000
  // questions the slowest hundredth took a fourth longer than of the next 2,000, for 3,200 page
  // faults.) Each question is asked in several passes, each of which begins as after a start. The
  // percentiles are of all that was asked. That of the questions' medians stands beside them: it
  // has no part in what the machine does meanwhile, and little in what differs from pass to pass.
  nlohmann::json ask(QuestionKind kind, Warmth warmth) {
    const bool is_warm = warmth == Warmth::kWarm;
    const size_t count = is_warm ? plan_.questions : kColdQuestions;
    const auto drawn = sample_.questions(kind, count + (is_warm ? count : 0), *workload_);
    const std::span questions = std::span(drawn).first(count);
    std::vector<std::vector<double>> took(count);
    const auto end = steady_clock::now() + kAskAtMost + (is_warm ? kWarmAtMost : Seconds(0));
    size_t rows = 0;
    for (size_t pass = 0; pass < (is_warm ? kPasses : 1) && steady_clock::now() < end; ++pass) {
      if (is_warm) {
        warm_up(std::span(drawn).subspan(count));
      }
      rows += ask_all_of(questions, warmth, end, took);
    }
    return figures_of(took, rows);
  }

  void warm_up(std::span<const HistoryQuestion> others) {
    keeper_->go_warm();
    const auto end = steady_clock::now() + kWarmAtMost;
    for (auto other = others.begin(); other != others.end() && steady_clock::now() < end; ++other) {
      keeper_->ask(*other);
    }
  }

  // Adds to each question what it took; those that are not begun before `end` are left out. Gives
  // how many rows there were.
  size_t ask_all_of(std::span<const HistoryQuestion> questions, Warmth warmth,
                    steady_clock::time_point end, std::vector<std::vector<double>>& took) {
    size_t rows = 0;
    for (size_t i = 0; i < questions.size() && steady_clock::now() < end; ++i) {
      if (warmth == Warmth::kCold) {
        keeper_->go_cold();
      }
      const auto asked = steady_clock::now();
      rows += keeper_->ask(questions[i]);
      took[i].push_back(seconds_since(asked) * 1e6);
    }
    return rows;
  }

  static nlohmann::json figures_of(std::vector<std::vector<double>>& took, size_t rows) {
    std::vector<double> medians;
    std::vector<double> all;
    for (std::vector<double>& times : took) {
      if (!times.empty()) {
        std::ranges::sort(times);
        medians.push_back(percentile(times, 50));
        std::ranges::copy(times, std::back_inserter(all));
      }
    }
    std::ranges::sort(medians);
    std::ranges::sort(all);
    const auto asked = static_cast<double>(all.size());
    return {{"questions", medians.size()},
            {"passes", asked / static_cast<double>(medians.size())},
            {"p50_us", percentile(all, 50)},
            {"p99_us", percentile(all, 99)},
            {"p99_of_medians_us", percentile(medians, 99)},
            {"max_us", all.back()},
            {"rows", static_cast<double>(rows) / asked}};
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

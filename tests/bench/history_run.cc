#include "tests/bench/history_run.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <span>
#include <thread>
#include <utility>

#include "tests/bench/history_asking.h"
#include "tests/bench/history_questions.h"

namespace etymon::bench {
namespace {

using std::chrono::steady_clock;

constexpr uint32_t kNames = 10'000;
constexpr size_t kChunk = 4096;  // deliveries that are made up at once
constexpr const char* kAsRecorded = "as_recorded";
constexpr const char* kCompacted = "compacted";

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

class Run {
 public:
  Run(const HistoryPlan& plan, const MakeKeeper& make, const std::string& folder)
      : plan_(plan),
        workload_(workload_of(plan.work)),
        pace_(kHistoryStart, plan.per_second),
        keeper_(make({folder, kHistoryStart, plan.turn})),
        folder_(folder) {}

  // Keeps so many, and what they take.
  void grow_to(size_t size) {
    tell(size);
    nlohmann::json row{{"work", plan_.work},
                       {"keeper", keeper_->name()},
                       {"deliveries", size},
                       {"per_second", static_cast<double>(size) / seconds_},
                       {"cpu_us", cpu_seconds_ / static_cast<double>(size) * 1e6},
                       {"bytes", keeper_->bytes()}};
    const size_t at = rows_.size();
    stand(at, kAsRecorded, row);
    const auto begin = steady_clock::now();
    keeper_->compact();
    row["compaction_seconds"] = seconds_since(begin);
    row["bytes_compacted"] = keeper_->bytes();
    stand(at, kCompacted, row);
    rows_.push_back(std::move(row));
  }

  // The copies are asked in turn, all sizes of one state; then the rows are whole.
  std::vector<nlohmann::json> finish() {
    for (const char* state : {kAsRecorded, kCompacted}) {
      std::vector<size_t> rows;
      std::vector<Asked> all;
      for (Standing& standing : standings_) {
        if (standing.state == state) {
          rows.push_back(standing.row);
          all.push_back({standing.keeper.get(), std::move(standing.drawn)});
        }
      }
      const auto figures = ask_all(all, state);
      for (size_t i = 0; i < figures.size(); ++i) {
        rows_[rows[i]]["lookups"].update(figures[i]);
      }
    }
    return std::move(rows_);
  }

 private:
  using Drawn = std::map<QuestionKind, std::vector<HistoryQuestion>>;

  // A copy of what was kept, and what is to be asked of it.
  struct Standing {
    size_t row;
    std::string state;
    std::unique_ptr<Keeper> keeper;
    Drawn drawn;
  };

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
    constexpr Milliseconds kPeriod{3000};  // a store looks once a second for what there is to do
    constexpr double kIdleSeconds = 0.15;  // heartbeats and the like, in a period
    double before = 0;
    double spent = keeper_->processor_seconds();
    do {
      keeper_->pass_quiet_minute();
      std::this_thread::sleep_for(kPeriod);
      before = std::exchange(spent, keeper_->processor_seconds());
    } while (spent - before > kIdleSeconds);
  }

  // Takes a copy that is asked in the end, or asks at once where none can be had.
  void stand(size_t row_number, const std::string& state, nlohmann::json& row) {
    Drawn drawn;
    for (const QuestionKind kind : kQuestionKinds) {
      if (keeper_->understands(kind)) {
        drawn[kind] = sample_.questions(kind, 2 * plan_.questions, *workload_);
      }
    }
    auto copy = keeper_->copy(folder_ + " at " + std::to_string(told_) + " " + state);
    if (copy != nullptr) {
      standings_.push_back({row_number, state, std::move(copy), std::move(drawn)});
      return;
    }
    const Asked here[] = {{keeper_.get(), std::move(drawn)}};
    row["lookups"].update(ask_all(here, state).front());
    keeper_->go_warm();  // for what comes next
  }

  // By state and kind of question, of each of `all`.
  static std::vector<nlohmann::json> ask_all(std::span<const Asked> all, const std::string& state) {
    std::vector<nlohmann::json> figures(all.size());
    const auto ask = [&](const std::string& as, Warmth warmth) {
      for (const auto& [kind, unused] : all.empty() ? Drawn() : all.front().drawn) {
        const auto of_kind = ask_in_turn(all, kind, warmth);
        for (size_t i = 0; i < all.size(); ++i) {
          figures[i][as][to_text(kind)] = of_kind[i];
        }
      }
    };
    ask(state, Warmth::kWarm);
    if (state == kCompacted) {
      ask("cold", Warmth::kCold);
    }
    return figures;
  }

  const HistoryPlan& plan_;
  const std::unique_ptr<HistoryWorkload> workload_;
  Pace pace_;
  const std::unique_ptr<Keeper> keeper_;
  const std::string folder_;
  Sample sample_;
  std::vector<Standing> standings_;
  std::vector<nlohmann::json> rows_;
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
    run.grow_to(size);
  }
  std::ranges::for_each(run.finish(), on_row);
}

}  // namespace etymon::bench

#include "tests/bench/history_asking.h"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace etymon::bench {
namespace {

using std::chrono::steady_clock;

constexpr size_t kPasses = 9;           // of which the slow questions have fewer
constexpr Seconds kAskAtMost{20};       // one keeper, questions of one kind; fewer when slow
constexpr Seconds kWarmAtMost{10};      // beside that: as many before each pass, to warm up
constexpr size_t kColdQuestions = 300;  // each of them is slow

// The n-th of a hundred, by size. REQUIRES: sorted, not empty.
double percentile(const std::vector<double>& sorted, size_t n) {
  return sorted[std::min(sorted.size() * n / 100, sorted.size() - 1)];
}

// One keeper and what it took. When warm, the machine holds the files, and as many others of the
// same kind are asked before: what is often read is in our memory, and the read cache has the
// memory that it takes. (Of 2,000 questions the slowest hundredth took a fourth longer than of the
// next 2,000, for 3,200 page faults.) Each question is asked in several passes, each of which
// begins as after a start.
class Asking {
 public:
  Asking(const Asked& asked, QuestionKind kind, Warmth warmth)
      : keeper_(*asked.keeper), warmth_(warmth) {
    const std::span drawn(asked.drawn.at(kind));
    const size_t half = drawn.size() / 2;
    questions_ = drawn.first(warmth == Warmth::kWarm ? half : std::min(half, kColdQuestions));
    others_ = drawn.subspan(half);
    took_.resize(questions_.size());
  }

  // What is left of its time bounds a pass, so the last one may not reach all questions.
  void pass() {
    if (left_ <= steady_clock::duration::zero()) {
      return;
    }
    if (warmth_ == Warmth::kWarm) {
      warm_up();
    }
    const auto begin = steady_clock::now();
    const auto end = begin + left_;
    for (size_t i = 0; i < questions_.size() && steady_clock::now() < end; ++i) {
      ask(questions_[i], took_[i]);
    }
    left_ -= steady_clock::now() - begin;
  }

  // The percentiles are of all that was asked. That of the questions' medians stands beside them:
  // it has no part in what the machine does meanwhile, and little in what differs from pass to
  // pass.
  nlohmann::json figures() {
    std::vector<double> medians;
    std::vector<double> all;
    for (std::vector<double>& times : took_) {
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
            {"rows", static_cast<double>(rows_) / asked}};
  }

 private:
  void warm_up() {
    keeper_.go_warm();
    const auto end = steady_clock::now() + kWarmAtMost;
    for (auto other = others_.begin(); other != others_.end() && steady_clock::now() < end;
         ++other) {
      keeper_.ask(*other);
    }
  }

  void ask(const HistoryQuestion& question, std::vector<double>& took) {
    if (warmth_ == Warmth::kCold) {
      keeper_.go_cold();
    }
    const auto asked = steady_clock::now();
    rows_ += keeper_.ask(question);
    took.push_back(std::chrono::duration<double>(steady_clock::now() - asked).count() * 1e6);
  }

  Keeper& keeper_;
  const Warmth warmth_;
  std::span<const HistoryQuestion> questions_;
  std::span<const HistoryQuestion> others_;
  std::vector<std::vector<double>> took_;  // us, by question
  size_t rows_ = 0;
  steady_clock::duration left_ = kAskAtMost;
};

}  // namespace

std::vector<nlohmann::json> ask_in_turn(std::span<const Asked> all, QuestionKind kind,
                                        Warmth warmth) {
  std::vector<Asking> askings;
  for (const Asked& asked : all) {
    askings.emplace_back(asked, kind, warmth);
  }
  for (size_t pass = 0; pass < (warmth == Warmth::kWarm ? kPasses : 1); ++pass) {
    for (Asking& asking : askings) {
      asking.pass();
    }
  }
  std::vector<nlohmann::json> figures;
  for (Asking& asking : askings) {
    figures.push_back(asking.figures());
  }
  return figures;
}

}  // namespace etymon::bench

// History questions: drawn from what was told, about moments of the whole history.
#pragma once

#include <cstddef>
#include <random>
#include <vector>

#include "tests/bench/keeper.h"

namespace etymon::bench {

// A fair sample of everything that was told, in bounded memory. One thread.
class Sample {
 public:
  void add(const Told& told);

  // `count` questions of one kind; the same ones whenever the same was added. One in ten of those
  // about addresses is about one that nobody was told of. REQUIRES: something was added.
  std::vector<HistoryQuestion> questions(QuestionKind kind, size_t count,
                                         HistoryWorkload& workload) const;

 private:
  using Dice = std::mt19937_64;

  HistoryQuestion question(QuestionKind kind, HistoryWorkload& workload, Dice& dice) const;
  const Told& draw(QuestionKind kind, HistoryWorkload& workload, Dice& dice) const;
  WallTime draw_moment(Dice& dice) const;

  Dice dice_{3};  // choose what is kept
  std::vector<Told> kept_;
  uint64_t count_ = 0;
  WallTime first_;
  WallTime last_;
};

}  // namespace etymon::bench

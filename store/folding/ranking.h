// Ranking: values in the order in which they came, each with its rank among the distinct ones.
// Private to store/. A plain value.
//
// Sorted once: looking each value's rank up again took as long as all the rest of a fold.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace etymon::store {

template <class Value, class Less>
class Ranking {
 public:
  void add(Value value) {
    sorted_.emplace_back(std::move(value), static_cast<uint32_t>(sorted_.size()));
  }
  size_t size() const { return sorted_.size(); }  // of those that came

  // Then no more is added.
  void sort() {
    std::sort(sorted_.begin(), sorted_.end(),
              [](const auto& a, const auto& b) { return Less()(a.first, b.first); });
    rank_of_.resize(sorted_.size());
    for (uint32_t i = 0; i < sorted_.size(); ++i) {
      if (i == 0 || Less()(sorted_[i - 1].first, sorted_[i].first)) {
        firsts_.push_back(i);
      }
      rank_of_[sorted_[i].second] = static_cast<uint32_t>(firsts_.size() - 1);
    }
  }

  uint32_t rank_of_nth(size_t nth) const { return rank_of_[nth]; }

  const Value& operator[](uint32_t rank) const { return sorted_[firsts_[rank]].first; }

 private:
  std::vector<std::pair<Value, uint32_t>> sorted_;  // with their places as they came
  std::vector<uint32_t> firsts_;                    // by rank: the first of these in sorted_
  std::vector<uint32_t> rank_of_;                   // as they came
};

}  // namespace etymon::store

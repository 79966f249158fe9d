// Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace etymon::bench {

// Reorders `values`. 0 when there are none.
inline uint32_t quantile(std::vector<uint32_t>& values, double share) {
  if (values.empty()) {
    return 0;
  }
  const auto at = static_cast<size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(at), values.end());
  return values[at];
}

// Of a figure of the rounds: a member, or a function of a round. REQUIRES: there is one.
template <class Round, class Figure>
double median(const std::vector<Round>& rounds, Figure figure) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const Round& round : rounds) {
    values.push_back(static_cast<double>(std::invoke(figure, round)));
  }
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Of a figure as median() has it, the largest: one of many rounds is enough.
template <class Round, class Figure>
double most(const std::vector<Round>& rounds, Figure figure) {
  double largest = 0;
  for (const Round& round : rounds) {
    largest = std::max(largest, static_cast<double>(std::invoke(figure, round)));
  }
  return largest;
}

}  // namespace etymon::bench

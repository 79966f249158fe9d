// History run: one keeper is told a history, and asked and weighed at several sizes of it.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/bench/keeper.h"

namespace etymon::bench {

// The moment before all deliveries of a history.
inline constexpr WallTime kHistoryStart{Seconds(1'700'000'000)};

struct HistoryPlan {
  std::string work;           // "mixed" or "new pairs"
  std::vector<size_t> sizes;  // rising; it is measured after so many deliveries
  double per_second = 20;     // deliveries a second of the history's own time, all clients together
  size_t turn = 32;           // deliveries that a loop records at once
  size_t questions = 2000;    // of each kind, at most
};

std::unique_ptr<HistoryWorkload> workload_of(const std::string& work);

using MakeKeeper = std::function<std::unique_ptr<Keeper>(const KeeperOptions&)>;
using OnRow = std::function<void(const nlohmann::json&)>;

// `on_row` sees one row for each size, when all is done: sizes are asked in turn, from copies
// beside `folder`. What was kept stays in it; it must be there, and empty.
void run_history(const HistoryPlan& plan, const MakeKeeper& make, const std::string& folder,
                 const OnRow& on_row);

}  // namespace etymon::bench

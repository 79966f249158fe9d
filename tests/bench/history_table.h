// History table: the figures of bench_history for people. One thread; prints to standard output.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace etymon::bench {

// Each gives the promises that were broken, in words.
using Broken = std::vector<std::string>;

// One row of run_history(): what it cost to keep, then a line for each kind of question.
Broken print_history_row(const nlohmann::json& row);

// How much longer the questions took at the second size than at the first, and whether that is what
// is promised; of Etymon, from 1 M to 50 M at most. REQUIRES: of the same keeper and work.
Broken print_growth(const nlohmann::json& small, const nlohmann::json& large);

// What measure_restart() found.
Broken print_restart(const nlohmann::json& row);

}  // namespace etymon::bench

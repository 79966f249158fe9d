// History table: the figures of bench_history for people. One thread; prints to standard output.
#pragma once

#include <nlohmann/json.hpp>

namespace etymon::bench {

// One row of run_history(): what it cost to keep, then a line for each kind of question.
void print_history_row(const nlohmann::json& row);

// How much longer the questions took at the second size than at the first, and whether that is what
// is promised. REQUIRES: of the same keeper and work.
void print_growth(const nlohmann::json& small, const nlohmann::json& large);

// What measure_restart() found.
void print_restart(const nlohmann::json& row);

}  // namespace etymon::bench

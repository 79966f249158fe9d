// History restart: how long a store takes from its start to its first answer, after a process was
// killed whose tail was as full as it gets.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace etymon::bench {

// Kills a child, this very program, that goes on with the store in `folder`; then opens it.
// `work`: what the child is told, as in HistoryPlan. Throws std::runtime_error.
nlohmann::json measure_restart(const std::string& folder, const std::string& work);

// The child: fills the tail of the store in the folder, says so, and waits to be killed.
int fill_tail(const std::string& folder, const std::string& work);

// The first argument of the child's command line; the folder and the work follow.
inline constexpr const char* kFillTail = "fill-tail";

}  // namespace etymon::bench

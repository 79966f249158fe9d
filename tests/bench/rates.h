// What was promised of lookups and loops, beside what was measured: the table that `./dev bench`
// ends with. Pure, but for print_rates().
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/bench/api_work.h"
#include "tests/bench/command_work.h"
#include "tests/bench/loops_work.h"

namespace etymon::bench {

struct Rate {
  enum class Bound { kAtLeast, kAtMost };

  std::string name;
  double figure = 0;
  Bound bound = Bound::kAtLeast;
  double target = 0;

  bool holds() const { return bound == Bound::kAtLeast ? figure >= target : figure <= target; }
};

// REQUIRES: at least one round; medians count.
std::vector<Rate> rates_of_loops(const std::vector<LoopsRound>& rounds);
std::vector<Rate> rates_of_api(const std::vector<ApiRound>& rounds);
// Of one core: what the command and the daemon take for a line, together.
std::vector<Rate> rates_of_command(const std::vector<CommandWork>& works);

void print_rates(const std::vector<Rate>& rates);
nlohmann::json to_json(const Rate& rate);

}  // namespace etymon::bench

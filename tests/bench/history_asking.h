// Asking a history: what its keepers take to answer questions of one kind.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "tests/bench/keeper.h"

namespace etymon::bench {

// Cold: nothing of the data is in memory, neither the keeper's nor the machine's.
enum class Warmth { kWarm, kCold };

// Who is asked, and what: the first half of the questions, when warm; the others are asked before.
struct Asked {
  Keeper* keeper;
  std::map<QuestionKind, std::vector<HistoryQuestion>> drawn;
};

// One object of figures for each of `all`, which take turns: pass by pass, so that what the machine
// does meanwhile is the same for a small history and for a large one.
std::vector<nlohmann::json> ask_in_turn(std::span<const Asked> all, QuestionKind kind,
                                        Warmth warmth);

}  // namespace etymon::bench

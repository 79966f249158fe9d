// Answers with one thing wrong in them, as a forger or a broken upstream sends them. Pure function,
// any thread. Errors are kInvalidArgument.
#pragma once

#include <cstdint>
#include <string>

#include "resolver/base/result.h"
#include "tests/scenario/text.h"

namespace etymon::scenario {

// `what` is one of those that README.md lists for wrong=; empty: nothing is wrong. The `number`th
// of several wrong ids is another one than those before.
Result<std::string> write_spoiled(TextMessage message, const std::string& what, uint32_t number);

}  // namespace etymon::scenario

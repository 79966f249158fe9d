// Plays a scenario: what its text says happens on a Stage, and what it expects is held against what
// came. README.md has the language. One thread.
#pragma once

#include <string>
#include <string_view>

#include "resolver/base/result.h"

namespace etymon::scenario {

// Ok when all of it went as written. Else the first thing that did not, as "FILE:LINE: what".
Status play(const std::string& file, std::string_view text);

}  // namespace etymon::scenario

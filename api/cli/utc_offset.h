// How far a local clock is ahead of UTC, as people write it. Pure functions, any thread.
#pragma once

#include <string>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// "+01:00", "-0330", at most 14 hours either way; empty, where nothing was written: none. Error
// kInvalidArgument.
Result<std::chrono::minutes> parse_utc_offset(const std::string& text);

}  // namespace etymon::cli

// How much the daemon logs, as people write it. Values, any thread.
#pragma once

#include <string_view>

#include "resolver/base/result.h"

namespace etymon::api {

// Each one includes those before it.
enum class LogLevel { kError, kWarning, kInfo, kDebug };

// "error", "warning", "info" or "debug". Error kInvalidArgument.
Result<LogLevel> log_level_from_text(std::string_view text);

std::string_view text_of(LogLevel level);

}  // namespace etymon::api

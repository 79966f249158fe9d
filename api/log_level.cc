#include "api/log_level.h"

#include <array>
#include <string>

namespace etymon::api {

namespace {

constexpr std::array<std::string_view, 4> kNames{"error", "warning", "info", "debug"};

}  // namespace

Result<LogLevel> log_level_from_text(std::string_view text) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (text == kNames[i]) {
      return static_cast<LogLevel>(i);
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               "'" + std::string(text) + "' is none of error, warning, info, debug"};
}

std::string_view text_of(LogLevel level) {
  return kNames.at(static_cast<size_t>(level));
}

}  // namespace etymon::api

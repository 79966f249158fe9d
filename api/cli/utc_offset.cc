#include "api/cli/utc_offset.h"

#include <algorithm>

namespace etymon::cli {

namespace {

constexpr std::chrono::minutes kOffsetMax = std::chrono::hours(14);  // Kiribati's

}  // namespace

Result<std::chrono::minutes> parse_utc_offset(const std::string& text) {
  if (text.empty()) {
    return std::chrono::minutes(0);
  }
  std::string digits = text.substr(1);
  std::erase(digits, ':');
  const bool has_form = (text.front() == '+' || text.front() == '-') && digits.size() == 4 &&
                        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  const int number = has_form ? std::stoi(digits) : 0;
  const std::chrono::minutes offset(number / 100 * 60 + number % 100);
  if (!has_form || number % 100 > 59 || offset > kOffsetMax) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + text + "' is not of the form +01:00, -14:00 to +14:00"};
  }
  return text.front() == '-' ? -offset : offset;
}

}  // namespace etymon::cli

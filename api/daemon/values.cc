#include "api/daemon/values.h"

#include <array>
#include <charconv>
#include <optional>

#include "resolver/base/time_text.h"

namespace etymon::daemon {

namespace {

struct Unit {
  std::string_view name;
  uint64_t bytes;
};

constexpr std::array<Unit, 5> kUnits{
    {{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}, {"", 1}}};

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

// The number at the front of `text`, which loses it; nothing when there is none that fits.
std::optional<uint64_t> take_number(std::string_view& text) {
  uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

std::optional<uint64_t> size_in_bytes(std::string_view text) {
  const std::optional<uint64_t> number = take_number(text);
  if (!number) {
    return std::nullopt;
  }
  for (const Unit& unit : kUnits) {
    if (text == unit.name) {
      return *number <= UINT64_MAX / unit.bytes ? std::optional(*number * unit.bytes)
                                                : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<uint64_t> parse_number(std::string_view text, uint64_t low, uint64_t high) {
  std::string_view rest = text;
  const std::optional<uint64_t> value = take_number(rest);
  if (!value || !rest.empty()) {
    return invalid(in_quotes(text) + " is not a whole number");
  }
  if (*value < low || *value > high) {
    return invalid(in_quotes(text) + " is out of range: " + std::to_string(low) + " to " +
                   std::to_string(high));
  }
  return *value;
}

Result<uint64_t> parse_size(std::string_view text, uint64_t low, uint64_t high) {
  const std::optional<uint64_t> bytes = size_in_bytes(text);
  if (!bytes) {
    return invalid(in_quotes(text) + " is not a size such as 512KiB, 64MiB or 2GiB");
  }
  if (*bytes < low || *bytes > high) {
    return invalid(in_quotes(text) + " is out of range: " + describe_size(low) + " to " +
                   describe_size(high));
  }
  return *bytes;
}

Result<Microseconds> parse_duration_within(std::string_view text, Microseconds low,
                                           Microseconds high) {
  const Result<Microseconds> duration = parse_duration(text);
  if (!duration) {
    return duration;
  }
  if (*duration < low || *duration > high) {
    return invalid(in_quotes(text) + " is out of range: " + describe_duration(low) + " to " +
                   describe_duration(high));
  }
  return duration;
}

std::string describe_size(uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + " " + std::string(unit.name);
    }
  }
  return "0 B";
}

}  // namespace etymon::daemon

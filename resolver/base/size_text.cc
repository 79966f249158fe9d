#include "resolver/base/size_text.h"

#include <array>
#include <charconv>
#include <optional>

namespace etymon {
namespace {

struct Unit {
  std::string_view name;
  uint64_t bytes;
};

constexpr std::array<Unit, 5> kUnits{
    {{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}, {"", 1}}};

std::optional<uint64_t> size_in_bytes(std::string_view text) {
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  for (const Unit& unit : kUnits) {
    if (text == unit.name) {
      return number <= UINT64_MAX / unit.bytes ? std::optional(number * unit.bytes) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<uint64_t> parse_size(std::string_view text) {
  const std::optional<uint64_t> bytes = size_in_bytes(text);
  if (!bytes) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + std::string(text) + "' is not a size such as 512KiB, 64MiB or 2GiB"};
  }
  return *bytes;
}

std::string describe_size(uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + " " + std::string(unit.name);
    }
  }
  return "0 B";
}

}  // namespace etymon

// What the parts of a line are, for the formats whose user says so. Values and pure functions, any
// thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "api/cli/logs/flow.h"
#include "api/cli/logs/log_time.h"

namespace etymon::cli::logs {

enum class Part {
  kTime,
  kSource,
  kDestination,
  kSourcePort,
  kDestinationPort,
  kPort,
  kProto,
  kClient,
  kAddress
};
inline constexpr size_t kParts = 9;

// "time", "source", ...; nothing for other words.
std::optional<Part> part_named(std::string_view word);

// What the parts hold; empty for those that the line does not have.
using PartValues = std::array<std::string_view, kParts>;

// False where the addresses are none, or a time is there and cannot be read.
bool fill_from_parts(const PartValues& values, const LogTimes& times, Flow& flow);

// The words, for messages: "time, source, ...".
std::string part_names();

}  // namespace etymon::cli::logs

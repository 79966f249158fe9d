#include "api/cli/logs/columns.h"

#include <algorithm>

#include "api/cli/logs/scan.h"

namespace etymon::cli::logs {
namespace {

constexpr std::array<std::string_view, kParts> kWords = {
    "time", "source", "destination", "source_port", "destination_port",
    "port", "proto",  "client",      "address"};

}  // namespace

std::optional<Part> part_named(std::string_view word) {
  const auto found = std::ranges::find(kWords, word);
  return found == kWords.end() ? std::nullopt
                               : std::optional(static_cast<Part>(found - kWords.begin()));
}

std::string part_names() {
  std::string names;
  for (const std::string_view word : kWords) {
    names += (names.empty() ? "" : ", ") + std::string(word);
  }
  return names;
}

bool fill_from_parts(const PartValues& values, const LogTimes& times, Flow& flow) {
  const auto text = [&](Part part) { return trimmed(values[static_cast<size_t>(part)]); };
  const bool host_is_told = !text(Part::kClient).empty();
  const auto source = address_of(text(host_is_told ? Part::kClient : Part::kSource));
  const auto destination = address_of(text(host_is_told ? Part::kAddress : Part::kDestination));
  if (!source || !destination) {
    return false;
  }
  flow.host = host_is_told ? Host::kSource : Host::kByNetwork;
  flow.source = *source;
  flow.destination = *destination;
  flow.source_port = port_of(text(Part::kSourcePort));
  flow.destination_port =
      port_of(text(text(Part::kPort).empty() ? Part::kDestinationPort : Part::kPort));
  flow.proto = text(Part::kProto);
  if (!text(Part::kTime).empty()) {
    flow.time = times.described(text(Part::kTime));
    return flow.time.has_value();
  }
  return true;
}

}  // namespace etymon::cli::logs

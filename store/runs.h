// Runs: the sightings of one (client, answer) in one hour or day, packed into 4 to 6 octets each.
//
// A value of the tables `deliveries` and `by_address` is one run after the other; each fold appends
// one, compaction makes one of them (FORMAT.md has the bytes). Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/history.h"

namespace etymon::store {

// Origin and transport in one octet.
struct DeliveryKind {
  Origin origin = Origin::kUpstream;
  Transport transport = Transport::kUdp;

  uint8_t octet() const;
  // Nothing: an octet that stands for no known origin and transport.
  static std::optional<DeliveryKind> from_octet(uint8_t octet);
};

// Appends one run. REQUIRES: `sightings` not empty, in order of time, none before `start`, which is
// the start of the hour or day that the key names.
void append_run(std::string& out, WallTime start, std::span<const Sighting> sightings);

// Appends all sightings of all runs to `out`. False: damaged; `out` then holds what came before.
bool read_runs(std::string_view runs, WallTime start, std::vector<Sighting>& out);

// The same sightings as one run. Damaged runs come back as they are, for the reader to find.
std::string merge_runs(std::string_view runs);

}  // namespace etymon::store

// Runs: the sightings of one (client, answer) in one hour or day, packed into 4 to 6 octets each.
// A forwarder stands in a run once, where it first appears or another one was named meanwhile.
//
// Each fold appends a run to the value of a row in `deliveries` and `by_address`; RocksDB makes one
// of them whenever it reads or compacts the row, so whoever reads a value has exactly one run
// before him (FORMAT.md has the bytes). A run begins with a head that says how many sightings
// follow, for those who need no more. Pure functions, any thread.
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

// What a value says before its sightings.
struct RunHead {
  uint64_t count = 0;
  bool is_long = false;   // some validity ends later than two days after the start
  bool is_alias = false;  // no sightings follow: they stand under the answer's home address
};

// Appends one run. REQUIRES: `sightings` not empty, in order of time, none before `start`, which is
// the start of the hour or day that the key names.
void append_run(std::string& out, WallTime start, std::span<const Sighting> sightings);

// Appends what stands under an answer's other addresses: the head of the same run.
void append_alias(std::string& out, WallTime start, std::span<const Sighting> sightings);

// The head of a value as it is read: of one run. Nothing: damaged.
std::optional<RunHead> read_head(std::string_view value);

// The earliest sighting of a value as it is read. Nothing: damaged, or an alias.
std::optional<Sighting> read_first(std::string_view value, WallTime start);

// Appends all sightings of all runs to `out`. False: damaged; `out` then holds what came before.
bool read_runs(std::string_view runs, WallTime start, std::vector<Sighting>& out);

// Of a value as it is read: appends its sightings up to the first one after `moment`, which comes
// along. False: damaged before that.
bool read_run_until(std::string_view value, WallTime start, WallTime moment,
                    std::vector<Sighting>& out);

// As read_runs() for the runs of format 1, whose head is their number alone.
bool read_runs_of_format_1(std::string_view runs, WallTime start, std::vector<Sighting>& out);

// The same sightings as one run, or the same aliases as one. Damaged runs come back as they are,
// for the reader to find.
std::string merge_runs(std::string_view runs);

}  // namespace etymon::store

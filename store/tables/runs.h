// Runs: the sightings of one (client, answer) in one hour, all of them: the values of `deliveries`.
//
// Each fold appends a run to the value of a row; RocksDB makes one of them whenever it reads or
// compacts the row. A run begins with a head that says how many sightings follow (run_head.h).
// Pure functions, any thread; FORMAT.md has the bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/history.h"

namespace etymon::store {

// Appends one run. REQUIRES: `sightings` not empty, in order of time, none before `start`, which is
// the start of the hour that the key names.
void append_run(std::string& out, WallTime start, std::span<const Sighting> sightings);

// Appends all sightings of all runs to `out`. False: damaged; `out` then holds what came before.
bool read_runs(std::string_view runs, WallTime start, std::vector<Sighting>& out);

// As read_runs() for the runs of format 1, whose head is their number alone.
bool read_runs_of_format_1(std::string_view runs, WallTime start, std::vector<Sighting>& out);

// The same sightings as one run. Damaged runs come back as they are, for the reader to find.
std::string merge_runs(std::string_view runs);

}  // namespace etymon::store

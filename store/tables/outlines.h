// Outlines: what one client was told of one answer in one day, in short: the values of
// `by_address`. Of each hour the first and the last sighting, how many there were between, and how
// long the longest of them was valid; those stand in the hour's row of `deliveries` alone. So what
// a popular name takes here grows with the hours, not with the deliveries, and a lookup that reads
// weeks of it reads little; only a moment that lies between the two needs the other row.
//
// Each fold appends an outline to the value of a row; RocksDB makes one of them whenever it reads
// or compacts the row, so whoever reads a value has exactly one before him. The runs with all
// sightings that stood here before format 8 are outlines, too, from which nothing is left out; they
// stay as long as they are unless another fold adds to them. An alias is the head alone, under an
// answer's other addresses. Pure functions, any thread; FORMAT.md has the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/history.h"
#include "store/tables/run_head.h"

namespace etymon::store {

// A sighting that is there, and what is left out between the one before it and itself.
struct Outlined {
  Sighting sighting;
  uint64_t skipped = 0;   // of the same hour as both
  Microseconds longer{};  // how much longer one of these was valid than both

  friend bool operator==(const Outlined&, const Outlined&) = default;
};

// Most sightings of an hour that an outline shows.
inline constexpr size_t kShownOfAnHour = 2;

// The same of one hour. Two of one moment are in the order in which they came.
struct HourOutline {
  Sighting first;
  Sighting last;  // the first itself when there is one
  uint64_t count = 0;
  WallTime valid_until;  // the latest end of any of them

  friend bool operator==(const HourOutline&, const HourOutline&) = default;
};

// In order of time, each hour once. REQUIRES: `sightings` in order of time.
std::vector<HourOutline> hours_of(std::span<const Sighting> sightings);
std::vector<HourOutline> hours_of(std::span<const Outlined> sightings);

// Appends one outline. REQUIRES: `hours` not empty, as hours_of() gives them, none before `start`,
// which is the start of the day that the key names.
void append_outline(std::string& out, WallTime start, std::span<const HourOutline> hours);

// Appends what stands under an answer's other addresses: the head of the same outline.
void append_alias(std::string& out, WallTime start, std::span<const HourOutline> hours);
void append_alias(std::string& out, WallTime start, std::span<const Sighting> sightings);

// The head of a value as it is read: of one outline. Nothing: damaged.
std::optional<RunHead> read_head(std::string_view value);

// The earliest sighting of a value as it is read. Nothing: damaged, or an alias.
std::optional<Sighting> read_first(std::string_view value, WallTime start);

// Of a value as it is read: appends its sightings up to the first one after `moment`, which comes
// along. False: damaged before that, or an alias.
bool read_outline(std::string_view value, WallTime start, WallTime moment,
                  std::vector<Outlined>& out);
// All of it. False: damaged, or an alias; `out` then holds what came before.
bool read_outline(std::string_view value, WallTime start, std::vector<Outlined>& out);

// Of several outlines, one behind the other: appends the sightings of each. Repair alone reads
// values that RocksDB did not make one. False: damaged, or an alias; `out` then holds what came
// before.
bool read_outlines(std::string_view outlines, WallTime start, std::vector<Outlined>& out);

// The same as one outline, or the same aliases as one. Damaged ones come back as they are, for the
// reader to find.
std::string merge_outlines(std::string_view outlines);

}  // namespace etymon::store

// RunHead: what a run (runs.h) or an outline (outlines.h) says before its sightings, for those who
// need no more. A plain value; pure functions, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "resolver/base/bytes.h"
#include "resolver/base/clock.h"
#include "resolver/model/history.h"

namespace etymon::store {

struct RunHead {
  uint64_t count = 0;
  bool is_long = false;   // some validity ends later than two days after the start
  bool is_alias = false;  // no sightings follow: they stand under the answer's home address

  friend bool operator==(const RunHead&, const RunHead&) = default;
};

// Later than that after the start is long.
inline constexpr Microseconds kLongAfter = std::chrono::days(2);

bool is_any_long(WallTime start, std::span<const Sighting> sightings);

void append_head(std::string& out, const RunHead& head);
// Whether it could be read is for `reader` to say.
RunHead read_head(ByteReader& reader);

}  // namespace etymon::store

// RunHead: what a run (runs.h) or an outline (outlines.h) says before its sightings, for those who
// need no more. A plain value; pure functions, any thread.
#pragma once

#include <algorithm>
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

inline constexpr Microseconds kLongAfter = std::chrono::days(2);

inline bool is_any_long(WallTime start, std::span<const Sighting> sightings) {
  return std::ranges::any_of(sightings, [start](const Sighting& sighting) {
    return sighting.valid_until() - start > kLongAfter;
  });
}

namespace run_head_bits {
inline constexpr uint64_t kAlias = 1;
inline constexpr uint64_t kLong = 2;
inline constexpr unsigned kCount = 2;  // above them
}  // namespace run_head_bits

inline void append_head(std::string& out, const RunHead& head) {
  using namespace run_head_bits;  // NOLINT(google-build-using-namespace): three constants
  ByteWriter(out).varint(head.count << kCount | (head.is_long ? kLong : 0) |
                         (head.is_alias ? kAlias : 0));
}

// Whether it could be read is for `reader` to say.
inline RunHead read_head(ByteReader& reader) {
  using namespace run_head_bits;  // NOLINT(google-build-using-namespace): three constants
  const uint64_t token = reader.varint();
  return {token >> kCount, (token & kLong) != 0, (token & kAlias) != 0};
}

}  // namespace etymon::store

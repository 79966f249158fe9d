#include "store/tables/run_head.h"

#include <algorithm>

namespace etymon::store {
namespace {

// Flags in the two lowest bits.
constexpr uint64_t kAlias = 1;
constexpr uint64_t kLong = 2;
constexpr unsigned kFlagBits = 2;

}  // namespace

bool is_any_long(WallTime start, std::span<const Sighting> sightings) {
  return std::ranges::any_of(sightings, [start](const Sighting& sighting) {
    return sighting.valid_until() - start > kLongAfter;
  });
}

void append_head(std::string& out, const RunHead& head) {
  ByteWriter writer(out);
  writer.varint(head.count << kFlagBits | (head.is_long ? kLong : 0) |
                (head.is_alias ? kAlias : 0));
}

RunHead read_head(ByteReader& reader) {
  const uint64_t token = reader.varint();
  return {token >> kFlagBits, (token & kLong) != 0, (token & kAlias) != 0};
}

}  // namespace etymon::store

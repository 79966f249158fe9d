// Numbers as files and kernels write them: in their own byte order, and times as two numbers.
// Values; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "resolver/base/bytes.h"
#include "resolver/base/clock.h"

namespace etymon::capture {

struct ByteOrder {
  bool little = true;

  uint16_t u16(ByteReader& in) const {
    const uint16_t value = in.u16();
    return little ? static_cast<uint16_t>(value << 8 | value >> 8) : value;
  }
  uint32_t u32(ByteReader& in) const {
    const uint32_t first = u16(in);
    const uint32_t second = u16(in);
    return little ? second << 16 | first : first << 16 | second;
  }
  uint64_t u64(ByteReader& in) const {
    const uint64_t first = u32(in);
    const uint64_t second = u32(in);
    return little ? second << 32 | first : first << 32 | second;
  }
};

inline constexpr int64_t kYear10000 = 253'402'300'800;  // seconds since 1970

// Nothing when they say what no clock can.
inline std::optional<WallTime> wall_time_of(int64_t seconds, int64_t microseconds) {
  if (seconds < 0 || seconds >= kYear10000 || microseconds < 0 || microseconds >= 1'000'000) {
    return std::nullopt;
  }
  return WallTime(Seconds(seconds) + Microseconds(microseconds));
}

}  // namespace etymon::capture

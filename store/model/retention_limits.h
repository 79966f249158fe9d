// How much history a store keeps. Plain values.
#pragma once

#include <cstdint>
#include <optional>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::store {

// Whichever is reached first.
struct RetentionLimits {
  // 1 h .. 100 years (of 365 days); deliveries older than this are let go, by whole hours. A clock
  // that has just been set forward, or at a start, is believed after a day (age_clock.h).
  Seconds keep{kKeepMax};
  // 1 MiB .. 16 TiB: octets of the tables; beyond that the oldest go, each client's own.
  uint64_t keep_bytes = uint64_t{8} << 30;

  static constexpr Seconds kKeepMin = std::chrono::hours(1);
  static constexpr Seconds kKeepMax = std::chrono::hours(24 * 365 * 100);
  static constexpr uint64_t kBytesMin = 1 << 20;
  static constexpr uint64_t kBytesMax = uint64_t{16} << 40;

  // Error kInvalidArgument: out of range.
  Status check() const;

  friend bool operator==(const RetentionLimits&, const RetentionLimits&) = default;
};

// What of them is to be another; nothing: it stays as it is.
struct RetentionChange {
  std::optional<Seconds> keep = {};
  std::optional<uint64_t> keep_bytes = {};

  RetentionLimits of(const RetentionLimits& limits) const {
    return {keep.value_or(limits.keep), keep_bytes.value_or(limits.keep_bytes)};
  }
};

}  // namespace etymon::store

// Clocks. Wall time and monotonic time are different types and cannot be mixed up.
//
// WallTime: microseconds since 1970-01-01 UTC, leap seconds not counted (POSIX); may step.
// MonotonicTime: microseconds since an arbitrary moment; never steps, means nothing after a
// restart. Only SystemClock here and the daemon's wiring touch the system's clocks; everything else
// is given a Clock or a `now`.
#pragma once

#include <chrono>

namespace etymon {

using Microseconds = std::chrono::microseconds;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

using WallTime = std::chrono::sys_time<Microseconds>;

struct MonotonicTag {
  using rep = Microseconds::rep;
  using period = Microseconds::period;
  using duration = Microseconds;
};
using MonotonicTime = std::chrono::time_point<MonotonicTag, Microseconds>;

// Thread-safe: any thread may read a Clock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual MonotonicTime monotonic() const = 0;
};

// The machine's own clocks: CLOCK_REALTIME and CLOCK_BOOTTIME, both read without a system call.
class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  MonotonicTime monotonic() const override;
};

}  // namespace etymon

#include "resolver/base/clock.h"

#include <ctime>

namespace etymon {
namespace {

Microseconds read_clock(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return Microseconds(t.tv_sec * 1'000'000 + t.tv_nsec / 1'000);
}

}  // namespace

WallTime SystemClock::wall() const {
  return WallTime(read_clock(CLOCK_REALTIME));
}

// CLOCK_MONOTONIC stands still while the machine sleeps: what is cached would not grow older.
MonotonicTime SystemClock::monotonic() const {
  return MonotonicTime(read_clock(CLOCK_BOOTTIME));
}

}  // namespace etymon

// Which processor the calling thread runs on.
#pragma once

#include <sched.h>

#include <stdexcept>
#include <string>

namespace etymon::testing {

// Whether the calling thread may run on it.
inline bool has_processor(size_t number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_ISSET(number, &set);
}

// Throws std::runtime_error where there is no such processor.
inline void stay_on_processor(size_t number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(number, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    throw std::runtime_error("there is no processor " + std::to_string(number) + " to run on");
  }
}

}  // namespace etymon::testing

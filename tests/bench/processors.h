// Which processor the calling thread runs on.
#pragma once

#include <sched.h>

#include <stdexcept>

namespace etymon::bench {

// Throws std::runtime_error where there is no such processor.
inline void stay_on_processor(size_t number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(number, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    throw std::runtime_error("this takes two processors: one for the server, one for the load");
  }
}

}  // namespace etymon::bench

// Scenario: one kind of work, done by etymond and by the bare echo, and what each of them needed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/load.h"

namespace etymon::bench {

enum class Work {
  kCached,  // every question is answered from the cache
  kMiss,    // every question goes upstream, once
  kCalm,    // cached, at about a tenth of what one loop can do: what counts is the latency
};

struct Scenario {
  std::string name;
  Work work = Work::kCached;
  Asking asking;
};

// What every change is held against: little more than a minute.
std::vector<Scenario> usual_scenarios();
// How the cost grows with names and clients.
std::vector<Scenario> growth_scenarios();

struct Measured {
  LoadResult load;
  double us_per_answer = 0;  // processor time
  double resident_mib = 0;
  uint64_t unrecorded = 0;
};

// One round.
struct Pair {
  Measured etymond;
  Measured echo;

  double ratio() const { return etymond.us_per_answer / echo.us_per_answer; }
};

struct Surroundings {
  std::string self;      // this program
  std::string programs;  // the folder of etymond and etymon
  std::string upstream;
};

Pair measure(const Scenario& scenario, const Surroundings& around);

}  // namespace etymon::bench

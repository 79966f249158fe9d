// What a second loop on a second processor adds. One thread, and one for each processor that asks.
#pragma once

#include <vector>

#include "tests/bench/scenarios.h"

namespace etymon::bench {

struct LoopsWork {
  double per_second = 0;
  double us_per_answer = 0;  // processor time of the server
  uint64_t lost = 0;
  uint64_t unrecorded = 0;
};

// One round: half of the machine, and then all of it, without listen.affinity and with it. The load
// takes as much time as the server does; so each processor carries one loop and one load, and what
// is compared is like in all but the second half.
struct LoopsRound {
  LoopsWork one;
  LoopsWork two;
  LoopsWork two_apart;  // with listen.affinity

  double ratio() const { return two_apart.per_second / one.per_second; }
  uint64_t lost() const { return one.lost + two.lost + two_apart.lost; }
};

std::vector<LoopsRound> measure_loops(const Surroundings& around, size_t rounds);

}  // namespace etymon::bench

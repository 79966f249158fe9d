// What calls of the API take, and what they and DNS do to each other. One thread.
#pragma once

#include <vector>

#include "tests/bench/api_load.h"
#include "tests/bench/scenarios.h"

namespace etymon::bench {

struct CallWork {
  double per_second = 0;
  double server_us = 0;  // processor time a call
};

// One round, in which the server does all of this one after the other.
struct ApiRound {
  CallWork health;
  CallWork lookup;
  CallWork health_by_client;  // by gRPC's own client, which is what limits the rate then
  CallWork lookup_by_client;
  CallWork health_in_turn;  // by the same, each call after the answer to the last
  CallWork lookup_in_turn;
  double dns_peak = 0;           // answers a second, with nothing else to do
  uint32_t dns_p99_us = 0;       // at half of that, alone
  uint32_t dns_busy_p99_us = 0;  // beside lookups as fast as they go
  double busy_lookups = 0;       // of these, a second
  // Beside callers who open calls and reset them, send what is none of the API's, and take nothing.
  uint32_t dns_attacked_p99_us = 0;
  double attacks = 0;          // of these, a second
  uint32_t lookup_p99_us = 0;  // one after the other, beside DNS at half its peak
  // Of DNS questions at half the peak, in all of that: without an answer, or told SERVFAIL. A p99
  // is of those that were answered.
  uint64_t dns_failures = 0;

  double ratio() const { return lookup.per_second / health.per_second; }
  double ratio_by_client() const {
    return lookup_by_client.per_second / health_by_client.per_second;
  }
  double ratio_in_turn() const { return lookup_in_turn.per_second / health_in_turn.per_second; }
  double dns_p99_ratio() const {
    return static_cast<double>(dns_busy_p99_us) / static_cast<double>(dns_p99_us);
  }
  double dns_attacked_p99_ratio() const {
    return static_cast<double>(dns_attacked_p99_us) / static_cast<double>(dns_p99_us);
  }
};

std::vector<ApiRound> measure_api(const Surroundings& around, size_t rounds);

}  // namespace etymon::bench

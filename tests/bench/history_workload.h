// History workload: months of a LAN's deliveries, made up one by one.
//
// What is told is described without the store's numbers, so that the store and its peers can be
// given the same. One thread. The same dice fall every time.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"
#include "tests/bench/store_workload.h"

namespace etymon::bench {

// One delivery. `answer` is the workload's own number of what was said.
struct Told {
  WallTime at;
  IpAddress client;
  uint32_t answer = 0;
  uint32_t validity_s = 0;
  Origin origin = Origin::kUpstream;
};

class HistoryWorkload {
 public:
  virtual ~HistoryWorkload() = default;

  // REQUIRES: `now` does not fall.
  virtual Told next(WallTime now) = 0;

  // Valid until the next call.
  virtual const Answer& answer(uint32_t number) = 0;
};

// Names by Zipf's law, a cache that ages, 200 clients; one name in ten has no address.
std::unique_ptr<HistoryWorkload> mixed_history(uint32_t names);

// The worst case: no client asks for a name that was ever asked for before.
std::unique_ptr<HistoryWorkload> history_of_new_pairs();

// Passes the time between deliveries: some, as many a second as a LAN makes, at random moments.
class Pace {
 public:
  Pace(WallTime start, double per_second) : now_(start), gap_(per_second / 1e6) {}

  WallTime next() {
    now_ += Microseconds(1 + static_cast<int64_t>(gap_(dice_)));
    return now_;
  }

 private:
  WallTime now_;
  std::mt19937_64 dice_{2};
  std::exponential_distribution<> gap_;
};

}  // namespace etymon::bench

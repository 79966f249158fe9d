// What an import brings, and what became of it. Plain values.
#pragma once

#include <cstdint>

#include "resolver/base/clock.h"
#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"
#include "resolver/model/ip_address.h"

namespace etymon::store {

// An observed delivery with the answer it carried, as an importer has them.
struct Observed {
  WallTime at;
  IpAddress client;
  Answer answer;
  uint32_t validity_s = 0;
  Transport transport = Transport::kUdp;
  IpAddress forwarder = {};  // see Delivery
};

// What became of observations: each is counted once.
struct Ingested {
  uint64_t added = 0;
  uint64_t known = 0;    // in the store already, whoever saw them: not taken twice
  uint64_t too_old = 0;  // from before what is kept: not taken
};

}  // namespace etymon::store

// A hash of addresses for tables that outsiders can fill. Pure, any thread.
//
// IpAddressHash is quicker, and anybody can work out addresses that share a place by it: enough of
// those, and each new one walks past all others. `seed` must be unpredictable.
#pragma once

#include <cstddef>
#include <cstdint>

#include "resolver/base/hash.h"
#include "resolver/model/ip_address.h"

namespace etymon {

struct SeededAddressHash {
  uint64_t seed;
  size_t operator()(const IpAddress& address) const { return hash_bytes(address.octets(), seed); }
};

}  // namespace etymon

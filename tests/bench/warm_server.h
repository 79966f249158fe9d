// A server to look things up in: every pair of a client and a name is in its tables and in its
// memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/bench/load.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/servers.h"

namespace etymon::bench {

inline constexpr Asking kTold = {10'000, 20};

// The `i`th pair; each comes once in kTold.names * kTold.clients.
inline std::string told_client(uint64_t i) {
  constexpr uint32_t kFirst = 0x7F010001;  // as the load's
  return IpAddress::v4(kFirst + static_cast<uint32_t>(i % kTold.clients)).text();
}
inline std::string told_address(uint64_t i) {
  constexpr uint32_t kFirst = 0x64400000;  // of the numbered names
  return IpAddress::v4(kFirst + static_cast<uint32_t>(i / kTold.clients % kTold.names)).text();
}

enum class Place {
  kTogether,   // all of the server is on the first processor
  kLoopApart,  // its loop is alone on the first, all else of it is on the second
};
std::unique_ptr<Server> warm_server(const Surroundings& around, Place place);

}  // namespace etymon::bench

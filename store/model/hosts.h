// What a store is told of devices beforehand, and what it keeps of them. Plain values.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "resolver/model/host.h"

namespace etymon::store {

struct HostOptions {
  Seconds linger{3600};       // 1 min .. 7 days
  size_t addresses_max = 32;  // 2 .. 1000: of one device at one time
  // The operator's list: devices by address, always; and what a device that was learned is called.
  std::map<IpAddress, std::string> devices_by_address;
  std::map<std::string, std::string> names_by_device;
};

// A span of sightings, as it is kept.
struct HostInterval {
  std::string device;
  IpAddress address;
  TimeSpan seen;
  HostSource source = HostSource::kNeighbour;
  bool is_router = false;

  friend bool operator==(const HostInterval&, const HostInterval&) = default;
};

}  // namespace etymon::store

// What a forwarder tells of the device behind it, in the OPT record of its query: dnsmasq's MAC
// option (add-mac) and the client's address as an ECS option of full length (add-subnet=32,128).
// Pure function, any thread. Only a forwarder that is trusted may be believed.
#pragma once

#include <optional>

#include "resolver/base/bytes.h"
#include "resolver/model/host.h"
#include "resolver/model/ip_address.h"

namespace etymon::wire {

struct DeviceOptions {
  std::optional<IpAddress> client;  // RFC 7871, of all 32 or 128 bits
  std::optional<MacAddress> mac;    // option 65001, six octets or their text
};

// `options`: as Edns has them. What is not of that form tells nothing.
DeviceOptions read_device_options(ByteView options);

}  // namespace etymon::wire

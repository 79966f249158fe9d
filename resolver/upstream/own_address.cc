#include "resolver/upstream/own_address.h"

#include <algorithm>

namespace etymon::upstream {
namespace {

bool is_wildcard(const IpAddress& address) {
  return address == IpAddress() || address == IpAddress::v4(0);
}

bool is_loopback(const IpAddress& address) {
  return address.is_v4() ? address.v4_host_order() >> 24 == 127
                         : address == *IpAddress::from_text("::1");
}

bool reaches(const IpAddress& server, const IpAddress& listener,
             std::span<const IpAddress> machine) {
  if (server == listener) {
    return true;
  }
  if (server.is_v4() != listener.is_v4()) {
    return false;  // An IPv6 listener takes IPv6 only.
  }
  if (is_wildcard(server)) {
    return is_loopback(listener);
  }
  return is_wildcard(listener) && (is_loopback(server) || std::find(machine.begin(), machine.end(),
                                                                    server) != machine.end());
}

}  // namespace

bool is_own(const Endpoint& server, std::span<const Endpoint> listeners,
            std::span<const IpAddress> machine) {
  return std::any_of(listeners.begin(), listeners.end(), [&](const Endpoint& listener) {
    return server.port == listener.port && reaches(server.address, listener.address, machine);
  });
}

}  // namespace etymon::upstream

#include "resolver/upstream/own_address.h"

#include <algorithm>

#include "resolver/model/loopback.h"
#include "resolver/net/socket.h"

namespace etymon::upstream {
namespace {

bool reaches(const IpAddress& server, const IpAddress& listener,
             std::span<const IpAddress> machine) {
  if (server == listener) {
    return true;
  }
  if (server.is_v4() != listener.is_v4()) {
    return false;  // An IPv6 listener takes IPv6 only.
  }
  if (net::is_wildcard(server)) {
    return is_loopback(listener);
  }
  return net::is_wildcard(listener) &&
         (is_loopback(server) ||
          std::find(machine.begin(), machine.end(), server) != machine.end());
}

}  // namespace

bool is_own(const Endpoint& server, std::span<const Endpoint> listeners,
            std::span<const IpAddress> machine) {
  return std::any_of(listeners.begin(), listeners.end(), [&](const Endpoint& listener) {
    return server.port == listener.port && reaches(server.address, listener.address, machine);
  });
}

}  // namespace etymon::upstream

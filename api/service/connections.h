// Connections: which connections to the API are open, and whose. One thread.
//
// gRPC takes each connection's descriptor over, closes it in its time, and tells nobody. So a
// connection is remembered by the number of its descriptor and the cookie of its socket, which no
// other socket ever has: when that number has another cookie, or none, it has ended. That is looked
// at when a limit seems to be reached, and not before.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "api/service/limits.h"
#include "resolver/model/address_hash.h"
#include "resolver/model/ip_address.h"

namespace etymon::service {

class Connections {
 public:
  using Peer = std::optional<IpAddress>;  // nothing: on this machine's unix socket

  explicit Connections(const ConnectionLimit& limit) : limit_(limit) {}

  // Counts the connection, before it is handed over. False: the peer may have no more, or nobody.
  bool add(int descriptor, const Peer& peer);

 private:
  struct Connection {
    uint64_t cookie = 0;
    Peer peer;
  };

  bool has_room(const Peer& peer) const;
  void leave_out_ended();
  void take_leave(const Peer& peer);

  const ConnectionLimit limit_;
  std::unordered_map<int, Connection> open_;  // some may have ended
  std::unordered_map<IpAddress, int, IpAddressHash> of_peer_;
  int tcp_ = 0;
};

}  // namespace etymon::service

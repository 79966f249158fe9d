// Connections: which connections to the API are open, and whose; and how many could not be taken.
// Thread-safe.
//
// gRPC takes each connection's descriptor over, closes it in its time, and tells nobody. So a
// connection is remembered by the number of its descriptor and the cookie of its socket, which no
// other socket ever has: when that number has another cookie, or none, it has ended. That is looked
// at when a limit seems to be reached, or somebody asks, and not before.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "api/service/limits.h"
#include "resolver/base/guarded.h"
#include "resolver/model/address_hash.h"
#include "resolver/model/ip_address.h"

namespace etymon::service {

class Connections {
 public:
  using Peer = std::optional<IpAddress>;  // nothing: on this machine's unix socket

  struct Counts {
    uint64_t open = 0;        // now
    uint64_t over_limit = 0;  // since the start, as the next
    uint64_t exhausted = 0;
  };

  explicit Connections(const ConnectionLimit& limit) : limit_(limit) {}

  // Counts the connection, before it is handed over. False: the peer may have no more, or nobody.
  bool add(int descriptor, const Peer& peer);

  // There was no descriptor for one.
  void count_exhausted() { ++state_.lock()->exhausted; }

  Counts counts() const;

 private:
  struct Connection {
    uint64_t cookie = 0;
    Peer peer;
  };
  struct State {
    std::unordered_map<int, Connection> open;  // some may have ended
    std::unordered_map<IpAddress, int, IpAddressHash> of_peer;
    int tcp = 0;
    uint64_t over_limit = 0;
    uint64_t exhausted = 0;
  };

  bool has_room(const State& state, const Peer& peer) const;
  static void leave_out_ended(State& state);
  static void take_leave(State& state, const Peer& peer);

  const ConnectionLimit limit_;
  Guarded<State> state_;
};

}  // namespace etymon::service

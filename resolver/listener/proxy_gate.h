// ProxyGate: who sent a datagram, when a forwarder says so in a PROXY header in front of it.
//
// A value; any thread may ask one that nobody changes. A peer either always sends the header or
// never may: were it optional, whoever can send through such a forwarder without being looked at
// could put one of his own in front, and be anybody.
#pragma once

#include <optional>

#include "resolver/base/bytes.h"
#include "resolver/forward/turn.h"
#include "resolver/listener/access_list.h"

namespace etymon::listener {

class ProxyGate {
 public:
  // `proxies`: who must send the header. Nobody else may.
  explicit ProxyGate(AccessList proxies) : proxies_(std::move(proxies)) {}

  bool expects_header(const IpAddress& peer) const { return proxies_.allows(peer); }

  // The message in a datagram of `from.peer`; whoever the header names becomes `from.behind`.
  // Nothing when the datagram is not as this peer must send it.
  std::optional<ByteView> message_in(ByteView datagram, forward::ReplyTo& from) const;

 private:
  AccessList proxies_;
};

}  // namespace etymon::listener

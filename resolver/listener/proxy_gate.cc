#include "resolver/listener/proxy_gate.h"

#include "resolver/net/proxy_header.h"

namespace etymon::listener {

std::optional<ByteView> ProxyGate::message_in(ByteView datagram, forward::ReplyTo& from) const {
  if (!expects_header(from.peer.address)) {
    return net::has_proxy_signature(datagram) ? std::nullopt : std::optional(datagram);
  }
  net::ProxyHeader header;
  if (net::read_proxy_header(datagram, header) != net::ProxyRead::kWhole) {
    return std::nullopt;
  }
  if (header.source) {
    from.behind = header.source->address;
  }
  return datagram.subspan(header.size);
}

}  // namespace etymon::listener

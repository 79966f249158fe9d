#include "resolver/listener/udp_listener.h"

#include <utility>

namespace etymon::listener {

Result<std::unique_ptr<UdpListener>> UdpListener::open(net::EventLoop& loop, const Endpoint& local,
                                                       Options options,
                                                       forward::QueryHandler& handler) {
  std::unique_ptr<UdpListener> listener(new UdpListener(std::move(options.access), handler));
  auto server = net::UdpServer::open(
      loop, local, options.socket,
      [raw = listener.get()](std::span<const net::Datagram> batch) { raw->receive(batch); });
  if (!server) {
    return server.error();
  }
  listener->server_ = *std::move(server);
  return listener;
}

void UdpListener::receive(std::span<const net::Datagram> batch) {
  for (const net::Datagram& datagram : batch) {
    if (!access_.allows(datagram.peer.address)) {
      ++denied_;
      continue;
    }
    handler_.handle(datagram.bytes, {.sink = this,
                                     .peer = datagram.peer,
                                     .local = datagram.local,
                                     .interface = datagram.interface,
                                     .transport = Transport::kUdp});
  }
}

void UdpListener::send(std::span<const forward::Outgoing> answers) {
  outgoing_.clear();
  for (const forward::Outgoing& answer : answers) {
    outgoing_.push_back({answer.message, answer.to.peer, answer.to.local, answer.to.interface});
  }
  server_->send(outgoing_);
}

}  // namespace etymon::listener

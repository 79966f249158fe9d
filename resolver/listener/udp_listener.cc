#include "resolver/listener/udp_listener.h"

#include <utility>

namespace etymon::listener {

Result<std::unique_ptr<UdpListener>> UdpListener::open(net::EventLoop& loop, const Endpoint& local,
                                                       Options options,
                                                       forward::QueryHandler& handler) {
  std::unique_ptr<UdpListener> listener(new UdpListener(loop, options, handler));
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
    forward::ReplyTo from{.sink = this,
                          .peer = datagram.peer,
                          .local = datagram.local,
                          .interface = datagram.interface,
                          .transport = Transport::kUdp};
    if (const std::optional<ByteView> message = gate_.message_in(datagram.bytes, from)) {
      take(*message, from);
    } else {
      ++bad_header_;
    }
  }
}

void UdpListener::take(ByteView message, const forward::ReplyTo& from) {
  const auto is_proven = [&] { return handler_.proves_address(message, from); };
  switch (admission_.judge(from.client(), loop_.now(), is_proven)) {
    case Verdict::kAdmit:
      handler_.handle(message, from);
      break;
    case Verdict::kRefuse:
      handler_.turn_away(message, from, forward::TurnAway::kRefuse);
      break;
    case Verdict::kTruncate:
      handler_.turn_away(message, from, forward::TurnAway::kTruncate);
      break;
    case Verdict::kDrop:
      break;
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

#include "resolver/listener/tcp_listener.h"

#include <utility>

namespace etymon::listener {

// One client's connection: tells the handler of its messages and the listener of its end.
class TcpListener::Connection final : public net::TcpStream::Handler {
 public:
  Connection(TcpListener& listener, uint64_t number, const Endpoint& peer)
      : listener_(listener),
        from_{.sink = &listener,
              .peer = peer,
              .local = {},
              .connection = number,
              .transport = Transport::kTcp} {}

  Status start(net::FileDescriptor fd) {
    auto stream =
        net::TcpStream::adopt(listener_.loop_, std::move(fd), listener_.options_.stream, *this);
    if (!stream) {
      return stream.error();
    }
    stream_ = *std::move(stream);
    from_.local = stream_->local().address;
    return {};
  }

  uint64_t number() const { return from_.connection; }
  const IpAddress& client() const { return from_.peer.address; }
  void send(ByteView message) { stream_->send(message); }

  void on_message(ByteView message) override {
    ++listener_.counters_.received;
    listener_.handler_.handle(message, from_);
  }

  void on_closed(net::CloseReason reason) override { listener_.closed(*this, reason); }

 private:
  TcpListener& listener_;
  forward::ReplyTo from_;
  std::unique_ptr<net::TcpStream> stream_;
};

Result<std::unique_ptr<TcpListener>> TcpListener::open(net::EventLoop& loop, const Endpoint& local,
                                                       Options options,
                                                       forward::QueryHandler& handler) {
  const net::PortSharing sharing = options.sharing;
  std::unique_ptr<TcpListener> listener(new TcpListener(loop, std::move(options), handler));
  auto acceptor = net::TcpAcceptor::open(
      loop, local, sharing, [raw = listener.get()](net::FileDescriptor fd, const Endpoint& peer) {
        raw->accept(std::move(fd), peer);
      });
  if (!acceptor) {
    return acceptor.error();
  }
  listener->acceptor_ = *std::move(acceptor);
  return listener;
}

TcpListener::TcpListener(net::EventLoop& loop, Options options, forward::QueryHandler& handler)
    : loop_(loop), options_(std::move(options)), handler_(handler) {}

TcpListener::~TcpListener() = default;

// A connection that is not wanted is closed unread.
void TcpListener::accept(net::FileDescriptor fd, const Endpoint& peer) {
  if (!options_.access.allows(peer.address)) {
    ++counters_.denied;
    return;
  }
  if (!has_room_for(peer.address)) {
    ++counters_.over_limit;
    return;
  }
  auto connection = std::make_unique<Connection>(*this, ++last_number_, peer);
  if (!connection->start(std::move(fd))) {
    ++counters_.exhausted;
    return;
  }
  ++counters_.accepted;
  ++per_client_[peer.address];
  connections_.emplace(connection->number(), std::move(connection));
}

bool TcpListener::has_room_for(const IpAddress& client) const {
  const auto own = per_client_.find(client);
  const size_t own_count = own == per_client_.end() ? 0 : own->second;
  return connections_.size() < options_.connections_max &&
         own_count < options_.connections_per_client_max;
}

void TcpListener::send(std::span<const forward::Outgoing> answers) {
  for (const forward::Outgoing& answer : answers) {
    const auto found = connections_.find(answer.to.connection);
    if (found == connections_.end()) {
      ++counters_.unsent;
      continue;
    }
    found->second->send(answer.message);
    ++counters_.sent;
  }
}

void TcpListener::closed(Connection& connection, net::CloseReason reason) {
  count(reason);
  const auto own = per_client_.find(connection.client());
  if (--own->second == 0) {
    per_client_.erase(own);
  }
  connections_.erase(connection.number());
}

void TcpListener::count(net::CloseReason reason) {
  switch (reason) {
    case net::CloseReason::kIdle:
    case net::CloseReason::kSlowMessage:
      ++counters_.timed_out;
      break;
    case net::CloseReason::kNotReading:
      ++counters_.not_reading;
      break;
    case net::CloseReason::kOversized:
      ++counters_.oversized;
      break;
    case net::CloseReason::kPeerClosed:
    case net::CloseReason::kReset:
    case net::CloseReason::kUnreachable:
      break;  // The client's own doing, and nothing that anybody could change.
  }
}

TcpListenerCounters TcpListener::counters() const {
  TcpListenerCounters result = counters_;
  result.exhausted += acceptor_->exhausted();
  result.open = connections_.size();
  return result;
}

}  // namespace etymon::listener

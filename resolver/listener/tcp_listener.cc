#include "resolver/listener/tcp_listener.h"

#include <algorithm>
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
              .transport = Transport::kTcp},
        heard_(listener.loop_.now()) {}

  Status start(net::FileDescriptor fd, net::Preface preface) {
    admitted_ = preface == net::Preface::kNone;
    auto stream = net::TcpStream::adopt(listener_.loop_, std::move(fd), listener_.options_.stream,
                                        *this, preface);
    if (!stream) {
      return stream.error();
    }
    stream_ = *std::move(stream);
    from_.local = stream_->local().address;
    return {};
  }

  uint64_t number() const { return from_.connection; }
  const IpAddress& client() const { return from_.client(); }
  // It counts among the client's; that of a forwarder does not before it has told whose it is.
  bool admitted() const { return admitted_; }
  void send(std::span<const ByteView> messages) { stream_->send(messages); }
  // When it was opened, or something came last.
  MonotonicTime heard() const { return heard_; }

  void on_message(ByteView message) override {
    ++listener_.counters_.received;
    heard_ = listener_.loop_.now();
    listener_.handler_.handle(message, from_);
  }

  bool on_proxied(const net::ProxyHeader& header) override {
    if (header.source) {
      from_.behind = header.source->address;
    }
    admitted_ = listener_.admit(client());
    return admitted_;
  }

  void on_closed(net::CloseReason reason) override { listener_.closed(*this, reason); }

 private:
  TcpListener& listener_;
  forward::ReplyTo from_;
  MonotonicTime heard_;
  bool admitted_ = false;
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
    : loop_(loop), unsent_(options.unsent_max), options_(std::move(options)), handler_(handler) {
  options_.stream.room = &unsent_;
}

TcpListener::~TcpListener() = default;

// A connection that is not wanted is closed unread.
void TcpListener::accept(net::FileDescriptor fd, const Endpoint& peer) {
  const bool proxied = options_.proxies.allows(peer.address);
  if (!proxied && !options_.access.allows(peer.address)) {
    ++counters_.denied;
    return;
  }
  if (connections_.size() >= options_.connections_max && !make_room()) {
    ++counters_.over_limit;
    return;
  }
  if (!proxied && !admit(peer.address)) {
    return;
  }
  auto connection = std::make_unique<Connection>(*this, ++last_number_, peer);
  const auto preface = proxied ? net::Preface::kProxyHeader : net::Preface::kNone;
  if (!start(std::move(connection), std::move(fd), preface) && !proxied) {
    release(peer.address);
  }
}

// REQUIRES: there are connections.
bool TcpListener::make_room() {
  const auto idlest = std::ranges::min_element(
      connections_, {}, [](const auto& numbered) { return numbered.second->heard(); });
  if (loop_.now() - idlest->second->heard() < options_.shed_idle) {
    return false;
  }
  closed(*idlest->second, net::CloseReason::kIdle);
  return true;
}

bool TcpListener::start(std::unique_ptr<Connection> connection, net::FileDescriptor fd,
                        net::Preface preface) {
  if (!connection->start(std::move(fd), preface)) {
    ++counters_.exhausted;
    return false;
  }
  ++counters_.accepted;
  connections_.emplace(connection->number(), std::move(connection));
  return true;
}

// Whether the client may have one more connection, which then is counted.
bool TcpListener::admit(const IpAddress& client) {
  if (!options_.access.allows(client)) {
    ++counters_.denied;
    return false;
  }
  const auto own = per_client_.try_emplace(client, 0).first;
  if (own->second >= options_.connections_per_client_max) {
    ++counters_.over_limit;
    return false;
  }
  ++own->second;
  return true;
}

void TcpListener::release(const IpAddress& client) {
  const auto own = per_client_.find(client);
  if (--own->second == 0) {
    per_client_.erase(own);
  }
}

void TcpListener::send(std::span<const forward::Outgoing> answers) {
  while (!answers.empty()) {
    const uint64_t connection = answers.front().to.connection;
    const auto other = std::ranges::find_if(
        answers, [=](const auto& answer) { return answer.to.connection != connection; });
    const auto own = static_cast<size_t>(other - answers.begin());
    send_to(connection, answers.first(own));
    answers = answers.subspan(own);
  }
}

// A piece of a connection held some questions, whose answers then stand side by side: they leave
// in one system call.
void TcpListener::send_to(uint64_t connection, std::span<const forward::Outgoing> answers) {
  const auto found = connections_.find(connection);
  if (found == connections_.end()) {
    counters_.unsent += answers.size();
    return;
  }
  messages_.clear();
  for (const forward::Outgoing& answer : answers) {
    messages_.push_back(answer.message);
  }
  found->second->send(messages_);
  counters_.sent += answers.size();
}

void TcpListener::closed(Connection& connection, net::CloseReason reason) {
  count(reason);
  if (connection.admitted()) {
    release(connection.client());
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
    case net::CloseReason::kMalformed:
      ++counters_.bad_header;
      break;
    case net::CloseReason::kTurnedAway:  // Was counted when that was decided.
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

#include "resolver/listener/tcp_listener.h"

#include <algorithm>
#include <utility>

namespace etymon::listener {

// One client's connection: tells the handler of its messages and the listener of its end.
class TcpListener::Connection final : public net::TcpStream::Handler {
 public:
  Connection(TcpListener& listener, uint64_t number, const Endpoint& peer,
             ConnectionPlaces::Place place)
      : listener_(listener),
        place_(std::move(place)),
        from_{.sink = &listener,
              .peer = peer,
              .local = {},
              .connection = number,
              .transport = Transport::kTcp},
        active_(listener.loop_.now()) {}

  Status start(net::FileDescriptor fd, net::Preface preface) {
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
  void send(std::span<const ByteView> messages) {
    active_ = listener_.loop_.now();
    stream_->send(messages);
  }
  // When it was opened, or a message came or went last. Who waits for an answer is not idle yet;
  // but some questions get none, and who has ended its side may have gone.
  MonotonicTime idle_since() const {
    return stream_->is_awaited() ? active_ + listener_.options_.answer_wait : active_;
  }

  void on_message(ByteView message) override {
    ++listener_.counters_.received;
    active_ = listener_.loop_.now();
    listener_.handler_.handle(message, from_);
  }

  bool on_proxied(const net::ProxyHeader& header) override {
    if (header.source) {
      from_.behind = header.source->address;
    }
    return listener_.admit(from_.client(), place_);
  }

  void on_closed(net::CloseReason reason) override { listener_.closed(*this, reason); }

 private:
  TcpListener& listener_;
  ConnectionPlaces::Place place_;  // a forwarder's is no client's before it has told whose it is
  forward::ReplyTo from_;
  MonotonicTime active_;
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
  options_.of_loop->push_back(this);
}

TcpListener::~TcpListener() {
  std::erase(*options_.of_loop, this);
}

// A connection that is not wanted is closed unread.
void TcpListener::accept(net::FileDescriptor fd, const Endpoint& peer) {
  const bool proxied = options_.proxies.allows(peer.address);
  if (!proxied && !options_.access.allows(peer.address)) {
    ++counters_.denied;
    return;
  }
  std::optional<ConnectionPlaces::Place> place = take_place();
  if (!place) {
    ++counters_.over_limit;
    return;
  }
  if (!proxied && !admit(peer.address, *place)) {
    return;
  }
  auto connection = std::make_unique<Connection>(*this, ++last_number_, peer, *std::move(place));
  start(std::move(connection), std::move(fd),
        proxied ? net::Preface::kProxyHeader : net::Preface::kNone);
}

// What is made free here another loop may have taken before.
std::optional<ConnectionPlaces::Place> TcpListener::take_place() {
  std::optional<ConnectionPlaces::Place> place = ConnectionPlaces::take(options_.places);
  return place || !make_room() ? std::move(place) : ConnectionPlaces::take(options_.places);
}

bool TcpListener::make_room() {
  Connection* found = nullptr;
  for (const TcpListener* listener : *options_.of_loop) {
    Connection* idlest = listener->idlest();
    if (idlest != nullptr && (found == nullptr || idlest->idle_since() < found->idle_since())) {
      found = idlest;
    }
  }
  if (found == nullptr || loop_.now() - found->idle_since() < options_.shed_idle) {
    return false;
  }
  found->on_closed(net::CloseReason::kIdle);
  return true;
}

TcpListener::Connection* TcpListener::idlest() const {
  const auto idlest = std::ranges::min_element(
      connections_, {}, [](const auto& numbered) { return numbered.second->idle_since(); });
  return idlest == connections_.end() ? nullptr : idlest->second.get();
}

void TcpListener::start(std::unique_ptr<Connection> connection, net::FileDescriptor fd,
                        net::Preface preface) {
  if (!connection->start(std::move(fd), preface)) {
    ++counters_.exhausted;
    return;
  }
  ++counters_.accepted;
  connections_.emplace(connection->number(), std::move(connection));
}

// Whether the client may have one more connection, which then is counted.
bool TcpListener::admit(const IpAddress& client, ConnectionPlaces::Place& place) {
  if (!options_.access.allows(client)) {
    ++counters_.denied;
    return false;
  }
  if (!place.give_to(client)) {
    ++counters_.over_limit;
    return false;
  }
  return true;
}

bool TcpListener::takes(const forward::ReplyTo& to) {
  const bool stands = connections_.contains(to.connection);
  counters_.unsent += stands ? 0 : 1;
  return stands;
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

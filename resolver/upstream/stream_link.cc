#include "resolver/upstream/stream_link.h"

#include <algorithm>
#include <utility>

#include "resolver/wire/message.h"

namespace etymon::upstream {

// One connection, and who waits on it.
class StreamLink::Connection final : private net::TcpStream::Handler {
 public:
  explicit Connection(StreamLink& link) : link_(link) {}

  Status open() {
    auto stream = net::TcpStream::connect(link_.loop_, link_.server_, link_.limits_, *this);
    if (!stream) {
      return stream.error();
    }
    stream_ = *std::move(stream);
    return {};
  }

  // Far fewer questions are in flight than there are ids, so this soon finds a free one.
  uint16_t join(Waiter& waiter) {
    uint16_t id = link_.random_.u16();
    while (!waiters_.emplace(id, Waiting{&waiter, come_}).second) {
      id = link_.random_.u16();
    }
    ++joined_;
    return id;
  }

  void send(ByteView message) { stream_->send(message); }
  void leave(uint16_t id, const Waiter& waiter) { remove(waiters_, id, waiter); }
  bool is_unused() const { return waiters_.empty(); }
  uint64_t joined() const { return joined_; }
  uint64_t come() const { return come_; }
  // Others were answered while somebody waited, who was not.
  bool passed_over_some() const {
    return std::ranges::any_of(waiters_,
                               [&](const auto& one) { return one.second.come_before < come_; });
  }
  Waiters take_waiters() { return std::exchange(waiters_, {}); }

  // Nothing has come since the waiter joined. Opening has a limit of its own.
  bool was_silent_for(uint16_t id, const Waiter& waiter) const {
    const auto found = waiters_.find(id);
    return stream_->is_open() && found != waiters_.end() && found->second.waiter == &waiter &&
           found->second.come_before == come_;
  }

 private:
  // An id that nobody waits for is an answer to a question that was answered by somebody else
  // first.
  void on_message(ByteView message) override {
    ++come_;
    if (message.size() < wire::kHeaderSize) {
      return;
    }
    const auto found = waiters_.find(wire::read_header(message).id);
    if (found != waiters_.end()) {
      found->second.waiter->on_link_message(message);
    }
  }

  void on_closed(net::CloseReason reason) override {
    const bool by_peer =
        reason == net::CloseReason::kPeerClosed || reason == net::CloseReason::kReset;
    link_.closed(*this, by_peer && come_ > 0 ? End::kLeftBehind : End::kFailed);
  }

  StreamLink& link_;
  Waiters waiters_;
  uint64_t joined_ = 0;  // waiters, with those that have left
  uint64_t come_ = 0;    // messages
  std::unique_ptr<net::TcpStream> stream_;
};

StreamLink::StreamLink(net::EventLoop& loop, Random& random, const Endpoint& server,
                       const net::TcpLimits& limits)
    : loop_(loop), random_(random), server_(server), limits_(limits), let_go_(loop, [this] {
        let_go_of_unused();
      }) {}

StreamLink::~StreamLink() = default;

Result<uint16_t> StreamLink::join(Waiter& waiter) {
  make_room();
  if (!current_) {
    auto connection = std::make_unique<Connection>(*this);
    if (const Status opened = connection->open(); !opened) {
      return opened.error();
    }
    current_ = std::move(connection);
  }
  return current_->join(waiter);
}

// For one more on the current connection, or on another one.
void StreamLink::make_room() {
  const bool is_full = current_ && current_->joined() >= few_ && takes_few_.present(loop_.now());
  if (is_full && aside_.size() < kAsideMax) {
    aside_.push_back(std::move(current_));
    let_go_.start(Microseconds(0));
  }
}

void StreamLink::send(ByteView message) {
  current_->send(message);
}

void StreamLink::lose_patience(uint16_t id, const Waiter& waiter) {
  if (current_ && current_->was_silent_for(id, waiter)) {
    aside_.push_back(std::move(current_));
  }
}

void StreamLink::leave(uint16_t id, const Waiter& waiter) {
  remove(orphans_, id, waiter);
  if (current_) {
    current_->leave(id, waiter);
  }
  for (const std::unique_ptr<Connection>& connection : aside_) {
    connection->leave(id, waiter);
  }
  if (!aside_.empty()) {
    let_go_.start(Microseconds(0));
  }
}

void StreamLink::remove(Waiters& from, uint16_t id, const Waiter& waiter) {
  const auto found = from.find(id);
  if (found != from.end() && found->second.waiter == &waiter) {
    from.erase(found);
  }
}

std::unique_ptr<StreamLink::Connection> StreamLink::take(const Connection& connection) {
  if (current_.get() == &connection) {
    return std::move(current_);
  }
  const auto found = std::ranges::find(aside_, &connection, &std::unique_ptr<Connection>::get);
  std::unique_ptr<Connection> taken = std::move(*found);
  aside_.erase(found);
  return taken;
}

void StreamLink::closed(const Connection& connection, End end) {
  std::unique_ptr<Connection> ended = take(connection);
  if (end == End::kLeftBehind && ended->passed_over_some()) {
    takes_few_.seen(loop_.now());
    few_ = ended->come();
  }
  orphans_ = ended->take_waiters();
  ended.reset();
  // Being told, a waiter may make others leave, or join for a new connection.
  while (!orphans_.empty()) {
    Waiter* waiter = orphans_.begin()->second.waiter;
    orphans_.erase(orphans_.begin());
    waiter->on_link_closed(end);
  }
}

void StreamLink::let_go_of_unused() {
  std::erase_if(aside_, [](const auto& connection) { return connection->is_unused(); });
}

}  // namespace etymon::upstream

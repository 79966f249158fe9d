#include "resolver/upstream/stream_link.h"

#include <utility>

#include "resolver/wire/message.h"

namespace etymon::upstream {

Result<uint16_t> StreamLink::join(Waiter& waiter) {
  if (!stream_) {
    auto stream = net::TcpStream::connect(loop_, server_, limits_, *this);
    if (!stream) {
      return stream.error();
    }
    stream_ = *std::move(stream);
  }
  // Far fewer questions are in flight than there are ids, so this soon finds a free one.
  uint16_t id = random_.u16();
  while (!waiters_.emplace(id, &waiter).second) {
    id = random_.u16();
  }
  return id;
}

void StreamLink::leave(uint16_t id, const Waiter& waiter) {
  for (Waiters* waiters : {&waiters_, &orphans_}) {
    const auto found = waiters->find(id);
    if (found != waiters->end() && found->second == &waiter) {
      waiters->erase(found);
    }
  }
}

// An id that nobody waits for is an answer to a question that was answered by somebody else first.
void StreamLink::on_message(ByteView message) {
  if (message.size() < wire::kHeaderSize) {
    return;
  }
  const auto found = waiters_.find(wire::read_header(message).id);
  if (found != waiters_.end()) {
    found->second->on_link_message(message);
  }
}

void StreamLink::on_closed(net::CloseReason) {
  stream_.reset();
  orphans_ = std::exchange(waiters_, {});
  // Being told, a waiter may make others leave, or join for a new connection.
  while (!orphans_.empty()) {
    Waiter* waiter = orphans_.begin()->second;
    orphans_.erase(orphans_.begin());
    waiter->on_link_closed();
  }
}

}  // namespace etymon::upstream

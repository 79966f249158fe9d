#include "resolver/upstream/tries.h"

#include <algorithm>

namespace etymon::upstream {
namespace {

// Datagrams that one try takes in one turn, so that a flood at one socket leaves the others time.
constexpr int kReceivesPerTurn = 32;

}  // namespace

Status UdpTry::start(net::EventLoop& loop, const Endpoint& server, Random& random,
                     ByteView message) {
  auto socket = net::UdpClient::open(loop, server, random, [this] { receive(); });
  if (!socket) {
    return socket.error();
  }
  if (const Status sent = (*socket)->send(message); !sent) {
    return sent;
  }
  socket_ = *std::move(socket);
  return {};
}

void UdpTry::receive() {
  for (int i = 0; i < kReceivesPerTurn && open(); ++i) {
    const Result<std::optional<size_t>> size = socket_->receive(room_);
    if (!size) {
      close();
      owner_.on_failed(*this);
      return;
    }
    if (!size->has_value()) {
      return;
    }
    const ByteView message = room_.first(std::min(**size, room_.size()));
    if (owner_.on_message(*this, message) == Verdict::kOver) {
      return;
    }
  }
}

Status StreamTry::join() {
  const Result<uint16_t> id = link_.join(*this);
  if (!id) {
    return id.error();
  }
  sent_.id = *id;
  joined_ = true;
  return {};
}

void StreamTry::close() {
  if (joined_) {
    link_.leave(sent_.id, *this);
    joined_ = false;
  }
}

void StreamTry::on_link_closed() {
  joined_ = false;
  owner_.on_failed(*this);
}

}  // namespace etymon::upstream

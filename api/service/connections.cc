#include "api/service/connections.h"

#include <sys/socket.h>

namespace etymon::service {
namespace {

// 0: the descriptor is no socket, or none at all.
uint64_t cookie_of(int descriptor) {
  uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  return getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

}  // namespace

bool Connections::add(int descriptor, const Peer& peer) {
  if (const auto before = open_.find(descriptor); before != open_.end()) {  // it has ended
    take_leave(before->second.peer);
    open_.erase(before);
  }
  if (!has_room(peer)) {
    leave_out_ended();
  }
  if (!has_room(peer)) {
    return false;
  }
  open_.emplace(descriptor, Connection{cookie_of(descriptor), peer});
  if (peer) {
    ++of_peer_[*peer];
    ++tcp_;
  }
  return true;
}

bool Connections::has_room(const Peer& peer) const {
  if (open_.size() >= static_cast<size_t>(limit_.all)) {
    return false;
  }
  if (!peer) {
    return true;
  }
  const auto own = of_peer_.find(*peer);
  return tcp_ < limit_.tcp && (own == of_peer_.end() || own->second < limit_.peer);
}

void Connections::leave_out_ended() {
  std::erase_if(open_, [this](const auto& numbered) {
    const uint64_t now = cookie_of(numbered.first);
    const bool has_ended = now == 0 || now != numbered.second.cookie;
    if (has_ended) {
      take_leave(numbered.second.peer);
    }
    return has_ended;
  });
}

void Connections::take_leave(const Peer& peer) {
  if (!peer) {
    return;
  }
  --tcp_;
  const auto own = of_peer_.find(*peer);
  if (--own->second == 0) {
    of_peer_.erase(own);
  }
}

}  // namespace etymon::service

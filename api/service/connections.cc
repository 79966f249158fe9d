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
  auto state = state_.lock();
  if (const auto before = state->open.find(descriptor); before != state->open.end()) {  // it ended
    take_leave(*state, before->second.peer);
    state->open.erase(before);
  }
  if (!has_room(*state, peer)) {
    leave_out_ended(*state);
  }
  if (!has_room(*state, peer)) {
    ++state->over_limit;
    return false;
  }
  state->open.emplace(descriptor, Connection{cookie_of(descriptor), peer});
  if (peer) {
    ++state->of_peer[*peer];
    ++state->tcp;
  }
  return true;
}

Connections::Counts Connections::counts() const {
  auto state = state_.lock();
  leave_out_ended(*state);
  return {state->open.size(), state->over_limit, state->exhausted};
}

bool Connections::has_room(const State& state, const Peer& peer) const {
  if (state.open.size() >= static_cast<size_t>(limit_.all)) {
    return false;
  }
  if (!peer) {
    return true;
  }
  const auto own = state.of_peer.find(*peer);
  return state.tcp < limit_.tcp && (own == state.of_peer.end() || own->second < limit_.peer);
}

void Connections::leave_out_ended(State& state) {
  std::erase_if(state.open, [&state](const auto& numbered) {
    const uint64_t now = cookie_of(numbered.first);
    const bool has_ended = now == 0 || now != numbered.second.cookie;
    if (has_ended) {
      take_leave(state, numbered.second.peer);
    }
    return has_ended;
  });
}

void Connections::take_leave(State& state, const Peer& peer) {
  if (!peer) {
    return;
  }
  --state.tcp;
  const auto own = state.of_peer.find(*peer);
  if (--own->second == 0) {
    state.of_peer.erase(own);
  }
}

}  // namespace etymon::service

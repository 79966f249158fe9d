#include "api/service/feed.h"

#include <algorithm>
#include <utility>

namespace etymon::service {

Feed::Listener::Taken Feed::Listener::take(size_t max) {
  Taken taken;
  auto waiting = waiting_.lock();
  const auto count = static_cast<ptrdiff_t>(std::min(max, waiting->deliveries.size()));
  taken.deliveries.assign(waiting->deliveries.begin(), waiting->deliveries.begin() + count);
  waiting->deliveries.erase(waiting->deliveries.begin(), waiting->deliveries.begin() + count);
  taken.overflow = waiting->overflow && waiting->deliveries.empty();
  waiting->woken = count > 0 || taken.overflow;
  return taken;
}

void Feed::Listener::add(std::span<const Delivery> turn) {
  {
    auto waiting = waiting_.lock();
    if (waiting->overflow) {
      return;
    }
    const size_t room = kWaitingMax - waiting->deliveries.size();
    const auto fitting = turn.first(std::min(room, turn.size()));
    waiting->deliveries.insert(waiting->deliveries.end(), fitting.begin(), fitting.end());
    waiting->overflow = fitting.size() < turn.size();
    if (std::exchange(waiting->woken, true)) {
      return;
    }
  }
  wake_();
}

void Feed::publish(std::span<const Delivery> turn) {
  std::vector<std::shared_ptr<Listener>> present;
  {
    auto state = state_.lock();
    state->newest = std::max(state->newest.value_or(turn.back().at), turn.back().at);
    std::erase_if(state->listeners, [](const auto& listener) { return listener.expired(); });
    for (const std::weak_ptr<Listener>& listener : state->listeners) {
      present.push_back(listener.lock());
    }
  }
  for (const std::shared_ptr<Listener>& listener : present) {
    if (listener != nullptr) {
      listener->add(turn);
    }
  }
}

std::optional<WallTime> Feed::join(const std::shared_ptr<Listener>& listener) {
  std::list<std::weak_ptr<Listener>> joining{listener};
  auto state = state_.lock();
  state->listeners.splice(state->listeners.end(), joining);  // no memory is asked for with the lock
  return state->newest;
}

}  // namespace etymon::service

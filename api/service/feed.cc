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
  if (count_ == 0) {
    return;
  }
  std::vector<std::shared_ptr<Listener>> present;
  {
    auto listeners = listeners_.lock();
    std::erase_if(*listeners, [](const auto& listener) { return listener.expired(); });
    count_ = listeners->size();
    for (const std::weak_ptr<Listener>& listener : *listeners) {
      present.push_back(listener.lock());
    }
  }
  for (const std::shared_ptr<Listener>& listener : present) {
    if (listener != nullptr) {
      listener->add(turn);
    }
  }
}

void Feed::join(const std::shared_ptr<Listener>& listener) {
  auto listeners = listeners_.lock();
  listeners->push_back(listener);
  count_ = listeners->size();
}

}  // namespace etymon::service

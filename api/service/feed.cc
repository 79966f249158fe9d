#include "api/service/feed.h"

#include <algorithm>
#include <utility>

namespace etymon::service {
namespace {

// Whether the first `count` end between two of one microsecond. Whoever resumes a watch goes on
// there in the order of a listing, which has all of them.
template <class Deliveries>
bool splits_microsecond(const Deliveries& all, size_t count) {
  return count > 0 && count < all.size() && all[count - 1].at == all[count].at;
}

}  // namespace

Feed::Listener::Taken Feed::Listener::take(size_t count) {
  Taken taken;
  auto waiting = waiting_.lock();
  std::deque<Delivery>& all = waiting->deliveries;
  count = std::min(count, all.size());
  while (splits_microsecond(all, count)) {
    ++count;
  }
  const auto end = all.begin() + static_cast<ptrdiff_t>(count);
  taken.deliveries.assign(all.begin(), end);
  all.erase(all.begin(), end);
  taken.gaps = std::exchange(waiting->gaps, {});
  taken.overflow = waiting->overflow && all.empty();
  waiting->woken = count > 0 || !taken.gaps.empty() || taken.overflow;
  return taken;
}

void Feed::Listener::add(std::span<const Delivery> turn) {
  {
    auto waiting = waiting_.lock();
    if (waiting->overflow) {
      return;
    }
    size_t room = std::min(kWaitingMax - waiting->deliveries.size(), turn.size());
    while (splits_microsecond(turn, room)) {
      --room;
    }
    const auto fitting = turn.first(room);
    waiting->deliveries.insert(waiting->deliveries.end(), fitting.begin(), fitting.end());
    waiting->overflow = fitting.size() < turn.size();
    if (std::exchange(waiting->woken, true)) {
      return;
    }
  }
  wake_();
}

void Feed::Listener::add_gap(const TimeSpan& gap) {
  {
    auto waiting = waiting_.lock();
    if (waiting->overflow) {
      return;  // Whoever goes on behind what it has heard is told.
    }
    if (waiting->gaps.size() < kGapsMax) {
      waiting->gaps.push_back(gap);
    } else {
      waiting->gaps.back().end = std::max(waiting->gaps.back().end, gap.end);
    }
    if (std::exchange(waiting->woken, true)) {
      return;
    }
  }
  wake_();
}

std::vector<std::shared_ptr<Feed::Listener>> Feed::present(State& state) {
  std::erase_if(state.listeners, [](const auto& listener) { return listener.expired(); });
  std::vector<std::shared_ptr<Listener>> present;
  for (const std::weak_ptr<Listener>& listener : state.listeners) {
    if (auto one = listener.lock()) {
      present.push_back(std::move(one));
    }
  }
  return present;
}

void Feed::publish(std::span<const Delivery> turn) {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    auto state = state_.lock();
    state->newest = std::max(state->newest.value_or(turn.back().at), turn.back().at);
    listeners = present(*state);
  }
  for (const std::shared_ptr<Listener>& listener : listeners) {
    listener->add(turn);
  }
}

void Feed::publish_gap(const TimeSpan& gap) {
  for (const std::shared_ptr<Listener>& listener : present(*state_.lock())) {
    listener->add_gap(gap);
  }
}

std::optional<WallTime> Feed::join(const std::shared_ptr<Listener>& listener) {
  std::list<std::weak_ptr<Listener>> joining{listener};
  auto state = state_.lock();
  state->listeners.splice(state->listeners.end(), joining);  // no memory is asked for with the lock
  return state->newest;
}

}  // namespace etymon::service

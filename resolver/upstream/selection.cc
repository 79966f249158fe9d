#include "resolver/upstream/selection.h"

#include <tuple>

namespace etymon::upstream {

std::optional<size_t> Selection::next(Among among) {
  if (course_.attempts.tries().empty()) {
    if (const std::optional<size_t> first = first_choice()) {
      return first;
    }
  }
  const auto rank = [this](size_t i) {
    const Server& server = course_.server(i);
    return std::tuple(!server.health.up(), course_.attempts.with(i).messages,
                      server.round_trip.smoothed());
  };
  std::optional<size_t> best;
  for (size_t i = 0; i < course_.core.servers.size(); ++i) {
    if (course_.attempts.may_ask(i, among) && (!best || rank(i) < rank(*best))) {
      best = i;
    }
  }
  return best;
}

// An upstream that is due to be tried again, or sometimes any, so that what we know stays fresh.
std::optional<size_t> Selection::first_choice() {
  const std::optional<size_t> due = due_for_probing();
  return due ? due : explored();
}

std::optional<size_t> Selection::due_for_probing() {
  const MonotonicTime now = course_.core.loop.now();
  for (size_t i = 0; i < course_.core.servers.size(); ++i) {
    Health& health = course_.server(i).health;
    if (health.probe_due(now) && course_.attempts.may_ask(i, Among::kAll)) {
      health.probe_sent(now, course_.core.options.back_off_max);
      probed_ = i;
      return i;
    }
  }
  return std::nullopt;
}

std::optional<size_t> Selection::explored() const {
  Core& core = course_.core;
  const uint32_t one_in = core.options.explore_one_in;
  if (core.servers.size() < 2 || one_in == 0 || core.random.below(one_in) != 0) {
    return std::nullopt;
  }
  const size_t any = core.random.below(static_cast<uint32_t>(core.servers.size()));
  if (!course_.server(any).health.up() || !course_.attempts.may_ask(any, Among::kAll)) {
    return std::nullopt;
  }
  return any;
}

}  // namespace etymon::upstream

// InFlight: what was asked and not yet answered, in order, between the thread that asks and the one
// that answers. The asking thread puts groups in and waits while there are too many; the answering
// one takes them out and waits while there is none.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "resolver/base/guarded.h"

namespace etymon::cli {

// Keeps both ends busy over a slow connection, and memory at some thousand questions.
inline constexpr size_t kInFlightMax = 16;

template <class Group>
class InFlight {
 public:
  // False: nobody answers any more.
  bool put(Group group) {
    auto state = state_.lock();
    changed_.wait(state.mutex_lock(),
                  [&] { return state->groups.size() < kInFlightMax || state->abandoned; });
    state->groups.push_back(std::move(group));
    changed_.notify_all();
    return !state->abandoned;
  }

  // The oldest group; nothing at the end.
  std::optional<Group> take() {
    auto state = state_.lock();
    changed_.wait(state.mutex_lock(), [&] { return !state->groups.empty() || state->complete; });
    if (state->groups.empty()) {
      return std::nullopt;
    }
    std::optional<Group> group(std::move(state->groups.front()));
    state->groups.pop_front();
    changed_.notify_all();
    return group;
  }

  // No more will be put.
  void complete() {
    state_.lock()->complete = true;
    changed_.notify_all();
  }

  // No more will be taken.
  void abandon() {
    state_.lock()->abandoned = true;
    changed_.notify_all();
  }

 private:
  struct State {
    std::deque<Group> groups;
    bool complete = false;
    bool abandoned = false;
  };
  Guarded<State> state_;
  std::condition_variable changed_;
};

}  // namespace etymon::cli

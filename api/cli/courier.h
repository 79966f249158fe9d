// Courier: questions on their way to the server and back, in order, over one stream after another.
//
// Three threads: one asks and waits while too many are unanswered; one sends; one answers, and says
// which stream is sent to. What is not answered when a stream ends goes to the next one again. The
// sending thread is never alone with a stream: drop_stream() waits until it has let go of it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "api/cli/in_flight.h"
#include "resolver/base/guarded.h"

namespace etymon::cli {

class LookupStream;

// A Group has a `request`, which may be without questions: nothing is sent then. A Stream is
// written to.
template <class Group, class Stream = LookupStream>
class Courier {
 public:
  using SharedGroup = std::shared_ptr<const Group>;

  // The asking thread's. False: nobody answers any more.
  bool put(SharedGroup group) {
    auto state = state_.lock();
    changed_.wait(state.mutex_lock(),
                  [&] { return state->groups.size() < kInFlightMax || state->ended; });
    state->groups.push_back(std::move(group));
    changed_.notify_all();
    return !state->ended;
  }

  // The asking thread's: no more will be put.
  void complete() {
    state_.lock()->complete = true;
    changed_.notify_all();
  }

  // The sending thread: runs until end().
  void send_all() {
    while (std::optional<Sending> next = next_to_send()) {
      if (next->group->request.questions_size() > 0) {
        // That the stream has ended is found out by who reads from it.
        static_cast<void>(next->stream->write(next->group->request));
      }
      next.reset();
      state_.lock()->sending = false;
      changed_.notify_all();
    }
  }

  // The answering thread's, as are all below. The oldest group; null at the end.
  SharedGroup oldest() {
    auto state = state_.lock();
    changed_.wait(state.mutex_lock(), [&] { return !state->groups.empty() || state->complete; });
    return state->groups.empty() ? nullptr : state->groups.front();
  }

  // The oldest group has been answered.
  void pop() {
    auto state = state_.lock();
    state->groups.pop_front();
    state->sent -= state->sent > 0 ? 1U : 0U;
    changed_.notify_all();
  }

  // All groups go to this stream, those that went to an earlier one again.
  void send_to(const std::shared_ptr<Stream>& stream) {
    auto state = state_.lock();
    state->stream = stream;
    state->sent = 0;
    changed_.notify_all();
  }

  // Nothing is sent until the next send_to(). The stream must have ended, or been cancelled: else
  // what is being written may wait for ever.
  void drop_stream() {
    auto state = state_.lock();
    state->stream = nullptr;
    changed_.wait(state.mutex_lock(), [&] { return !state->sending; });
  }

  // No more will be sent or answered.
  void end() {
    state_.lock()->ended = true;
    changed_.notify_all();
  }

 private:
  struct Sending {
    SharedGroup group;
    std::shared_ptr<Stream> stream;
  };
  struct State {
    std::deque<SharedGroup> groups;  // unanswered
    size_t sent = 0;                 // of them, the first so many went to the stream
    std::shared_ptr<Stream> stream;
    bool sending = false;
    bool complete = false;
    bool ended = false;
  };

  std::optional<Sending> next_to_send() {
    auto state = state_.lock();
    changed_.wait(state.mutex_lock(), [&] {
      return state->ended || (state->stream != nullptr && state->sent < state->groups.size());
    });
    if (state->ended) {
      return std::nullopt;
    }
    state->sending = true;
    return Sending{state->groups[state->sent++], state->stream};
  }

  Guarded<State> state_;
  std::condition_variable changed_;
};

}  // namespace etymon::cli

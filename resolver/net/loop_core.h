// Inside this folder only: what an EventLoop is made of, and how libuv handles are freed.
#pragma once

#include <uv.h>

#include <atomic>
#include <optional>
#include <vector>

#include "resolver/base/guarded.h"
#include "resolver/net/event_loop.h"
#include "resolver/net/fd_crowd.h"

namespace etymon::net {

struct EventLoop::Core {
  explicit Core(const Clock& loop_clock) : clock(loop_clock) {}

  const Clock& clock;
  std::optional<MonotonicTime> now;  // of this turn, once somebody has asked
  std::vector<std::weak_ptr<const std::function<void()>>> turn_ends;

  // To be called by whatever calls back: the turn goes on for as long as work comes in.
  void note_work() {
    worked = true;
    if (!turn_began) {
      turn_began = clock.monotonic();
    }
  }

  bool worked = false;                      // since the loop last looked for more
  std::optional<MonotonicTime> turn_began;  // nothing while no work has come in
  bool stopping = false;                    // this turn is the last one

  // From other threads; `wake` makes the loop look.
  Guarded<std::vector<std::function<void()>>> posted;
  std::atomic<bool> stop_wanted = false;

  // All descriptors that have no turn of their own: the connections that were accepted.
  std::optional<FdCrowd> crowd;

  uv_loop_t loop{};
  uv_async_t wake{};
  uv_prepare_t before_wait{};
  uv_check_t after_wait{};
  uv_idle_t look_again{};  // while it is active, the loop looks for work without waiting
};

// libuv forgets a handle only in the turn after uv_close(). So a State holds the handle together
// with the callback that it calls, and frees itself when libuv calls back: by then nothing on the
// stack can be using either. REQUIRES: the handle is State's member `handle`, its `data` the State.
template <class State>
void close_and_free(State* state) {
  uv_close(reinterpret_cast<uv_handle_t*>(&state->handle),
           [](uv_handle_t* handle) { delete static_cast<State*>(handle->data); });
}

}  // namespace etymon::net

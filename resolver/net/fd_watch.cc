#include "resolver/net/fd_watch.h"

#include <utility>

#include "resolver/net/loop_core.h"

namespace etymon::net {

static_assert(static_cast<int>(Interest::kRead) == UV_READABLE);
static_assert(static_cast<int>(Interest::kWrite) == UV_WRITABLE);

struct FdWatch::State {
  explicit State(Callback on_ready) : callback(std::move(on_ready)) {}
  uv_poll_t handle{};
  Callback callback;
  Interest wanted = Interest::kNone;

  void arm() { uv_poll_start(&handle, static_cast<int>(wanted), &State::ready); }

  static void ready(uv_poll_t* handle, int status, int events) {
    static_cast<EventLoop::Core*>(handle->loop->data)->note_work();
    State& state = *static_cast<State*>(handle->data);
    if (status == 0) {
      state.callback(static_cast<Interest>(events & (UV_READABLE | UV_WRITABLE)));
      return;
    }
    // libuv stops watching a descriptor that has an error pending (an ICMP error, a reset). The
    // error is for the owner to read, and may leave the descriptor usable.
    state.arm();
    state.callback(Interest::kReadWrite);
  }
};

void FdWatch::CloseLater::operator()(State* state) const {
  close_and_free(state);
}

Result<FdWatch> FdWatch::open(EventLoop& loop, int fd, Callback callback) {
  auto state = std::make_unique<State>(std::move(callback));
  if (const int error = uv_poll_init(&loop.core().loop, &state->handle, fd); error != 0) {
    return Error{ErrorCode::kIo, std::string("cannot watch a socket: ") + uv_strerror(error)};
  }
  state->handle.data = state.get();
  return FdWatch(StatePtr(state.release()));
}

void FdWatch::want(Interest interest) {
  if (interest == state_->wanted) {
    return;
  }
  state_->wanted = interest;
  if (interest == Interest::kNone) {
    uv_poll_stop(&state_->handle);
  } else {
    state_->arm();
  }
}

}  // namespace etymon::net

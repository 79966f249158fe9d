#include "resolver/net/fd_watch.h"

#include <utility>

#include "resolver/net/loop_core.h"

namespace etymon::net {

static_assert(static_cast<int>(Interest::kRead) == UV_READABLE);
static_assert(static_cast<int>(Interest::kWrite) == UV_WRITABLE);

struct FdWatch::State {
  explicit State(Callback on_ready) : callback(std::move(on_ready)) {}
  virtual ~State() = default;
  virtual void watch(Interest before, Interest after) = 0;
  // Frees it, once nothing on the stack can be using it.
  virtual void close() = 0;

  Callback callback;
  Interest wanted = Interest::kNone;
};

struct FdWatch::Alone final : State {
  using State::State;
  uv_poll_t handle{};

  void watch(Interest, Interest after) override {
    if (after == Interest::kNone) {
      uv_poll_stop(&handle);
    } else {
      arm();
    }
  }
  void close() override { close_and_free(this); }

  void arm() { uv_poll_start(&handle, static_cast<int>(wanted), &Alone::ready); }

  static void ready(uv_poll_t* handle, int status, int events) {
    static_cast<EventLoop::Core*>(handle->loop->data)->note_work();
    Alone& state = *static_cast<Alone*>(handle->data);
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

struct FdWatch::InCrowd final : State, FdCrowd::Member {
  InCrowd(FdCrowd& all, int descriptor, Callback on_ready)
      : State(std::move(on_ready)), crowd(all), fd(descriptor) {}
  FdCrowd& crowd;
  int fd;

  // When the kernel has no memory to watch it, its owner's timer is what ends it.
  void watch(Interest before, Interest after) override {
    static_cast<void>(crowd.change(fd, *this, before, after));
  }
  void close() override {
    watch(wanted, Interest::kNone);
    crowd.free(std::unique_ptr<FdCrowd::Member>(this));
  }
  void on_ready(Interest ready) override { callback(ready); }
};

void FdWatch::CloseLater::operator()(State* state) const {
  state->close();
}

Result<FdWatch> FdWatch::open(EventLoop& loop, int fd, Callback callback) {
  auto state = std::make_unique<Alone>(std::move(callback));
  if (const int error = uv_poll_init(&loop.core().loop, &state->handle, fd); error != 0) {
    return Error{ErrorCode::kIo, std::string("cannot watch a socket: ") + uv_strerror(error)};
  }
  state->handle.data = state.get();
  return FdWatch(StatePtr(state.release()));
}

Result<FdWatch> FdWatch::open_in_crowd(EventLoop& loop, int fd, Callback callback) {
  FdCrowd& crowd = *loop.core().crowd;
  if (const Status opened = crowd.open(); !opened) {
    return opened.error();
  }
  return FdWatch(StatePtr(new InCrowd(crowd, fd, std::move(callback))));
}

void FdWatch::want(Interest interest) {
  const Interest before = std::exchange(state_->wanted, interest);
  if (interest != before) {
    state_->watch(before, interest);
  }
}

}  // namespace etymon::net

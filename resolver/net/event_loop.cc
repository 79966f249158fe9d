#include "resolver/net/event_loop.h"

#include <cassert>
#include <utility>

#include "resolver/net/loop_core.h"

namespace etymon::net {
namespace {

EventLoop::Core& core_of(void* data) {
  return *static_cast<EventLoop::Core*>(data);
}

// How long a turn takes in more work before it ends. What is paid once a turn (the record of its
// answers, a system call) is spread over more of them under load; when idle nothing is waited for.
constexpr Microseconds kTurnMax(500);

// What all accepted connections together take each time the loop looks for work. A message takes 2
// to 40 us, a piece of a connection has up to 36 of them, and whoever asks over UDP waits for it.
constexpr FdCrowd::Share kCrowdShare{.members = 16, .time = Microseconds(200)};

void end_turn(EventLoop::Core& core) {
  uv_idle_stop(&core.look_again);
  core.worked = false;
  core.turn_began.reset();
  for (size_t i = 0; i < core.turn_ends.size(); ++i) {  // A callback may make more of them.
    if (const auto callback = core.turn_ends[i].lock()) {
      (*callback)();
    }
  }
  std::erase_if(core.turn_ends, [](const auto& callback) { return callback.expired(); });
  core.now.reset();
}

// Something may come in while we work: it is looked for once more before the turn ends.
void look_again(EventLoop::Core& core) {
  core.worked = false;
  uv_idle_start(&core.look_again, [](uv_idle_t*) {});
}

// Before the loop waits: what timers have queued must not wait with it.
void before_wait(EventLoop::Core& core) {
  if (core.worked) {
    look_again(core);
  }
}

// The turn ends outside of libuv, so that what then happens may go on in another thread.
void after_wait(EventLoop::Core& core) {
  if (core.worked && !core.stopping && core.clock.monotonic() - *core.turn_began < kTurnMax) {
    look_again(core);
  } else {
    uv_stop(&core.loop);
  }
}

void take_posted(EventLoop::Core& core) {
  core.note_work();
  const auto work = std::exchange(*core.posted.lock(), {});
  for (const std::function<void()>& item : work) {
    item();
  }
  if (core.stop_wanted.exchange(false)) {
    core.stopping = true;
  }
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create(const Clock& clock) {
  auto core = std::make_unique<Core>(clock);
  if (const int error = uv_loop_init(&core->loop); error != 0) {
    return Error{ErrorCode::kResourceExhausted,
                 std::string("cannot make an event loop: ") + uv_strerror(error)};
  }
  const int error = uv_async_init(&core->loop, &core->wake,
                                  [](uv_async_t* handle) { take_posted(core_of(handle->data)); });
  if (error != 0) {
    uv_loop_close(&core->loop);
    return Error{ErrorCode::kResourceExhausted,
                 std::string("cannot make an event loop: ") + uv_strerror(error)};
  }
  core->wake.data = core.get();
  core->loop.data = core.get();
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(core)));
}

EventLoop::EventLoop(std::unique_ptr<Core> core) : core_(std::move(core)) {
  core_->crowd.emplace(*this, core_->clock, kCrowdShare);
  core_->before_wait.data = core_.get();
  core_->after_wait.data = core_.get();
  uv_prepare_init(&core_->loop, &core_->before_wait);
  uv_check_init(&core_->loop, &core_->after_wait);
  uv_idle_init(&core_->loop, &core_->look_again);
  uv_prepare_start(&core_->before_wait,
                   [](uv_prepare_t* handle) { before_wait(core_of(handle->data)); });
  uv_check_start(&core_->after_wait, [](uv_check_t* handle) { after_wait(core_of(handle->data)); });
}

EventLoop::~EventLoop() {
  core_->crowd.reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&core_->wake), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&core_->before_wait), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&core_->after_wait), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&core_->look_again), nullptr);
  uv_run(&core_->loop, UV_RUN_NOWAIT);  // Handles are freed in the turn after they were closed.
  [[maybe_unused]] const int error = uv_loop_close(&core_->loop);
  assert(error == 0 && "a timer or socket outlived its loop");
}

void EventLoop::run() {
  while (turn()) {
  }
}

bool EventLoop::turn() {
  core_->now.reset();  // Whoever asked between two turns asked for the time before the wait.
  uv_run(&core_->loop, UV_RUN_DEFAULT);
  end_turn(*core_);
  return !std::exchange(core_->stopping, false);
}

void EventLoop::stop() {
  core_->stop_wanted = true;
  uv_async_send(&core_->wake);
}

void EventLoop::post(std::function<void()> work) {
  core_->posted.lock()->push_back(std::move(work));
  uv_async_send(&core_->wake);
}

void EventLoop::want_turn_end() {
  core_->note_work();
}

MonotonicTime EventLoop::now() const {
  if (!core_->now) {
    core_->now = core_->clock.monotonic();
  }
  return *core_->now;
}

struct Timer::State {
  explicit State(std::function<void()> on_time) : callback(std::move(on_time)) {}
  uv_timer_t handle{};
  std::function<void()> callback;

  static void fired(uv_timer_t* handle) {
    core_of(handle->loop->data).note_work();
    static_cast<State*>(handle->data)->callback();
  }
};

void Timer::CloseLater::operator()(State* state) const {
  close_and_free(state);
}

namespace {

uint64_t whole_milliseconds(Microseconds span) {
  const auto rounded = std::chrono::ceil<Milliseconds>(span).count();
  return rounded > 0 ? static_cast<uint64_t>(rounded) : 0;
}

}  // namespace

Timer::Timer(EventLoop& loop, std::function<void()> callback)
    : state_(new State(std::move(callback))) {
  uv_timer_init(&loop.core().loop, &state_->handle);
  state_->handle.data = state_.get();
}

void Timer::start(Microseconds delay) {
  uv_timer_start(&state_->handle, &State::fired, whole_milliseconds(delay), 0);
}

void Timer::repeat(Microseconds period) {
  const uint64_t ms = whole_milliseconds(period);
  uv_timer_start(&state_->handle, &State::fired, ms, ms);
}

void Timer::stop() {
  uv_timer_stop(&state_->handle);
}

bool Timer::active() const {
  return uv_is_active(reinterpret_cast<const uv_handle_t*>(&state_->handle)) != 0;
}

TurnEnd::TurnEnd(EventLoop& loop, std::function<void()> callback)
    : callback_(std::make_shared<const std::function<void()>>(std::move(callback))) {
  loop.core().turn_ends.push_back(callback_);
}

}  // namespace etymon::net

// StallGuard: ends a call whose client takes nothing of what is written to it, or sends nothing of
// what it brings, for too long.
//
// Belongs to the call, which arms it before a write or read and disarms it behind. `on_stall` comes
// instead of the latter, on a thread of gRPC's: it ends the call with Finish(), and must not come
// back here. That status reaches a client that reads on after all; the call of one that does not is
// cancelled after the same time once more, so that gRPC keeps nothing for it. A call that is armed
// when it has nothing left to do but Finish() has no `on_stall`: it is cancelled the first time. An
// alarm that rings late finds the call closed.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"

namespace etymon::service {

class StallGuard {
 public:
  StallGuard(grpc::CallbackServerContext& context, Milliseconds time,
             std::function<void()> on_stall)
      : shared_(std::make_shared<Guarded<State>>()), time_(time) {
    auto state = shared_->lock();
    state->context = &context;
    state->on_stall = std::move(on_stall);
  }
  ~StallGuard() {
    std::unique_ptr<grpc::Alarm> alarm;  // outlives the lock
    auto state = shared_->lock();
    state->context = nullptr;
    alarm = std::move(state->alarm);
  }
  StallGuard(const StallGuard&) = delete;
  StallGuard& operator=(const StallGuard&) = delete;

  void arm() {
    auto state = shared_->lock();
    state->is_stalled = false;
    set_alarm(shared_, *state, time_);
  }

  // False: it is too late, on_stall has ended the call.
  bool disarm() {
    std::unique_ptr<grpc::Alarm> alarm;  // outlives the lock
    auto state = shared_->lock();
    if (state->is_stalled) {
      return false;
    }
    alarm = std::move(state->alarm);
    ++state->turn;
    return true;
  }

 private:
  struct State {
    grpc::CallbackServerContext* context = nullptr;  // nothing: the call is gone
    std::function<void()> on_stall;                  // empty: the call is finished
    bool is_stalled = false;
    uint64_t turn = 0;  // of the alarm that counts
    std::unique_ptr<grpc::Alarm> alarm;
  };
  using Shared = std::shared_ptr<Guarded<State>>;

  static void set_alarm(const Shared& shared, State& state, Milliseconds time) {
    state.alarm = std::make_unique<grpc::Alarm>();
    state.alarm->Set(gpr_time_from_millis(time.count(), GPR_TIMESPAN),
                     [shared, time, turn = ++state.turn](bool rang) {
                       if (rang) {
                         ring(Shared(shared), time, turn);
                       }
                     });
  }

  static void ring(const Shared& shared, Milliseconds time, uint64_t turn) {
    auto state = shared->lock();
    if (state->context == nullptr || state->turn != turn) {
      return;
    }
    if (state->is_stalled || !state->on_stall) {
      return state->context->TryCancel();
    }
    state->is_stalled = true;
    set_alarm(shared, *state, time);
    state->on_stall();
  }

  const Shared shared_;
  const Milliseconds time_;
};

}  // namespace etymon::service

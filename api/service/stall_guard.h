// StallGuard: cancels a call whose client takes nothing of what is written for too long.
//
// Belongs to the call, which arms it before a write and disarms it behind. An alarm that rings late
// finds the call closed.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>

#include <memory>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"

namespace etymon::service {

class StallGuard {
 public:
  StallGuard(grpc::CallbackServerContext& context, Milliseconds time)
      : context_(std::make_shared<Guarded<grpc::CallbackServerContext*>>(&context)), time_(time) {}
  ~StallGuard() { *context_->lock() = nullptr; }
  StallGuard(const StallGuard&) = delete;
  StallGuard& operator=(const StallGuard&) = delete;

  void arm() {
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(gpr_time_from_millis(time_.count(), GPR_TIMESPAN), [context = context_](bool rang) {
      auto open = context->lock();
      if (rang && *open != nullptr) {
        (*open)->TryCancel();
      }
    });
  }

  void disarm() { alarm_.reset(); }

 private:
  std::shared_ptr<Guarded<grpc::CallbackServerContext*>> context_;
  const Milliseconds time_;
  std::unique_ptr<grpc::Alarm> alarm_;
};

}  // namespace etymon::service

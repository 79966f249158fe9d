// Patience: how long reading for one call may go on: until the caller cancels, its deadline has
// passed, or the time for reading is over. Any thread may ask; the destructor may run in any.
#pragma once

#include <grpcpp/alarm.h>

#include <atomic>
#include <memory>
#include <stop_token>

#include "resolver/base/clock.h"

namespace etymon::service {

class Patience {
 public:
  explicit Patience(Milliseconds time) {
    alarm_.Set(gpr_time_from_millis(time.count(), GPR_TIMESPAN), [stop = stop_](bool rang) mutable {
      if (rang) {
        stop.request_stop();
      }
    });
  }

  void end() { stop_.request_stop(); }
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  grpc::Alarm alarm_;  // cancelled when it goes
};

}  // namespace etymon::service

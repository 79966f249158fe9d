// Patience: how long reading for one call may go on: until the caller cancels, or the time for it
// is over. Any thread may ask; the destructor may run in any.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>

#include <algorithm>
#include <stop_token>

#include "resolver/base/clock.h"

namespace etymon::service {

// The time for reading that a call has: `most`, or nine tenths of what is left to its deadline, so
// that it can be told in time what was found, or that it took too long.
inline Milliseconds time_to_read(const grpc::CallbackServerContext& context, Milliseconds most) {
  const gpr_timespec deadline = context.raw_deadline();
  const Milliseconds left(gpr_time_to_millis(gpr_time_sub(deadline, gpr_now(deadline.clock_type))));
  return std::min(most, left - left / 10);
}

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

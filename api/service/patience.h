// Patience: how long reading for one call may go on: until the caller cancels, its deadline has
// passed, or kReadTimeMax is over. Any thread may ask; the destructor may run in any.
#pragma once

#include <grpcpp/alarm.h>

#include <atomic>
#include <memory>
#include <stop_token>

#include "api/service/failure.h"

namespace etymon::service {

// A snapshot of the store is held for no longer, so that it cannot keep old files for long.
inline constexpr int64_t kReadSecondsMax = 30;

class Patience {
 public:
  Patience() {
    alarm_.Set(gpr_time_from_seconds(kReadSecondsMax, GPR_TIMESPAN),
               [stop = stop_](bool rang) mutable {
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

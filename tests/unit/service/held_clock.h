// HeldClock: lets everybody who asks it for the time wait until it is let go. Thread-safe.
#pragma once

#include <atomic>

#include "resolver/base/clock.h"

namespace etymon::service {

class HeldClock final : public Clock {
 public:
  // `clock`: whose time it tells; outlives it.
  explicit HeldClock(const Clock& clock) : clock_(clock) {}
  ~HeldClock() override { let_go(); }

  WallTime wall() const override {
    held_.wait(true);
    return clock_.wall();
  }
  MonotonicTime monotonic() const override { return clock_.monotonic(); }

  void hold() { held_ = true; }
  void let_go() {
    held_ = false;
    held_.notify_all();
  }

 private:
  const Clock& clock_;
  std::atomic<bool> held_{true};
};

}  // namespace etymon::service

// GatedClock: makes those who ask it for the time wait, as many of them as the test says, until the
// test lets them go on, one by one or all at once. So a call can be held where it begins to read.
// Thread-safe.
#pragma once

#include <atomic>
#include <semaphore>

#include "resolver/base/clock.h"

namespace etymon::service {

class GatedClock final : public Clock {
 public:
  static constexpr int kAll = 1'000'000;

  // `clock`: whose time it tells; outlives it.
  explicit GatedClock(const Clock& clock) : clock_(clock) {}
  ~GatedClock() override { let_all_go(); }

  WallTime wall() const override {
    ++asked_;
    if (to_hold_.fetch_sub(1) > 0) {
      gate_.acquire();
    }
    return clock_.wall();
  }
  MonotonicTime monotonic() const override { return clock_.monotonic(); }

  void hold_next(int count) { to_hold_ = count; }
  void let_one_go() { gate_.release(); }
  void let_all_go() {
    to_hold_ = 0;
    gate_.release(kHeldMax);
  }
  int asked() const { return asked_; }

 private:
  static constexpr int kHeldMax = 1000;

  const Clock& clock_;
  mutable std::atomic<int> asked_{0};
  mutable std::atomic<int> to_hold_{0};
  mutable std::counting_semaphore<> gate_{0};
};

}  // namespace etymon::service

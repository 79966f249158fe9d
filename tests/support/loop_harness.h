// LoopHarness: an event loop that a test turns until something has happened.
#pragma once

#include <functional>
#include <memory>

#include "resolver/base/clock.h"
#include "resolver/net/event_loop.h"

namespace etymon::testing {

class LoopHarness {
 public:
  // Far more than anything here takes, so that only a failing test waits for it.
  static constexpr Milliseconds kLimit{5'000};

  explicit LoopHarness(const Clock* clock = nullptr)
      : loop_(net::EventLoop::create(clock != nullptr ? *clock : system_clock_).value()),
        turn_end_(*loop_, [this] {
          if (!over_ && done_()) {
            over_ = true;
            loop_->stop();
          }
        }) {}

  net::EventLoop& loop() { return *loop_; }

  // Turns the loop until `done`. False when that took longer than `limit`.
  bool run_until(std::function<bool()> done, Milliseconds limit = kLimit) {
    bool in_time = true;
    net::Timer timer(*loop_, [&] {
      in_time = false;
      over_ = true;
      loop_->stop();
    });
    timer.start(limit);
    done_ = std::move(done);
    over_ = false;
    while (!over_) {
      loop_->run();
    }
    return in_time;
  }

  // Lets everything happen that happens without waiting for a timer.
  void run_for(Milliseconds span) {
    run_until([] { return false; }, span);
  }

 private:
  SystemClock system_clock_;
  std::unique_ptr<net::EventLoop> loop_;
  std::function<bool()> done_;
  bool over_ = true;  // nothing is waited for
  net::TurnEnd turn_end_;
};

}  // namespace etymon::testing

// Meter: how far a long piece of upkeep has come, and whether it shall go on.
//
// The work measures itself in octets; whoever ordered it is told on the thread that does it, and
// may stop it from any other. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <utility>

#include "resolver/base/result.h"

namespace etymon::store {

// How long work is followed and ended; nothing of it need be given.
struct Oversight {
  std::stop_token stop;
  // Octets dealt with so far, of how many: never falls, never exceeds `total`, and is `total` in
  // the end when nothing failed. Called often.
  std::function<void(uint64_t done, uint64_t total)> on_progress;
};

class Meter {
 public:
  // `total`: octets, an estimate.
  Meter(const Oversight& oversight, uint64_t total) : oversight_(oversight), total_(total) {}

  void advance(uint64_t octets) { move_to(done_ + octets); }

  // Backwards it does not go.
  void move_to(uint64_t done) {
    done_ = std::max(done_, done);
    if (oversight_.on_progress) {
      oversight_.on_progress(std::min(done_, total_), total_);
    }
  }

  // All is done, however much there was to do.
  void finish() { move_to(std::max(done_, total_)); }

  uint64_t done() const { return done_; }

  // Error kUnavailable: it shall stop.
  Status check() const {
    return oversight_.stop.stop_requested()
               ? Status(Error{ErrorCode::kUnavailable, "stopped before its end"})
               : Status();
  }

 private:
  const Oversight oversight_;
  const uint64_t total_;
  uint64_t done_ = 0;
};

}  // namespace etymon::store

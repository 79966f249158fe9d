#include "resolver/upstream/health.h"

namespace etymon::upstream {

void RoundTrip::sample(Microseconds round_trip) {
  round_trip = std::max(round_trip, Microseconds(1));  // The clock may not have moved meanwhile.
  if (!measured()) {
    smoothed_ = round_trip;
    variation_ = round_trip / 2;
    return;
  }
  const Microseconds error = round_trip - smoothed_;
  variation_ += (std::chrono::abs(error) - variation_) / 4;
  smoothed_ = std::max(smoothed_ + error / 8, Microseconds(1));
}

Microseconds RoundTrip::patience(Microseconds least) const {
  const Microseconds usual =
      measured() ? std::min(smoothed_ + 4 * variation_, kPatienceMax) : kInitialPatience;
  return std::max(usual, least);
}

void Health::answered() {
  up_ = true;
  failures_ = 0;
  back_off_ = kBackOffMin;
}

void Health::failed(MonotonicTime now) {
  ++failures_;
  failed_at_ = now;
  if (up_ && failures_ >= failures_max_) {
    up_ = false;
    probe_at_ = now + back_off_;
  }
}

void Health::probe_sent(MonotonicTime now, Microseconds back_off_max) {
  back_off_ = std::min(2 * back_off_, back_off_max);
  probe_at_ = now + back_off_;
}

void Quirk::seen(MonotonicTime now) {
  sightings_ = now < until_ ? sightings_ + 1 : 1;
  until_ = now + kMemory;
}

}  // namespace etymon::upstream

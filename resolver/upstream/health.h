// What we have learned of an upstream: how fast it is, whether it answers, what it does wrong.
// Values without I/O; time is a parameter; each belongs to one loop thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "resolver/base/clock.h"

namespace etymon::upstream {

// Smoothed round-trip time, and the time to wait for an answer, as RFC 6298 section 2 has it.
class RoundTrip {
 public:
  // Before the first answer: more than most ways to a resolver take, less than a person notices.
  static constexpr Microseconds kInitialPatience = Milliseconds(400);
  // What is not in a resolver's cache takes it some round trips of its own; asking again earlier
  // would double its work and gain nothing.
  static constexpr Microseconds kPatienceMin = Milliseconds(200);
  // So that at least two questions fit the default deadline.
  static constexpr Microseconds kPatienceMax = Seconds(2);

  void sample(Microseconds round_trip);

  bool measured() const { return smoothed_ > Microseconds(0); }
  // Zero before the first sample: an upstream that is compared by it comes first, and so is
  // measured soon.
  Microseconds smoothed() const { return smoothed_; }
  // For the question's first message to this upstream; each further one waits twice as long.
  Microseconds patience(Microseconds least = kPatienceMin) const;

 private:
  Microseconds smoothed_{0};
  Microseconds variation_{0};
};

// Up until some failures in a row, then down: asked only when nobody else is left, and by one
// question at the end of each back-off, which is how it comes up again. A question is one failure
// at most, and silence is one for all that wait at the same time.
class Health {
 public:
  // One lost datagram is bad luck; three in a row are none.
  static constexpr unsigned kFailuresMax = 3;
  static constexpr Microseconds kBackOffMin = Seconds(1);
  static constexpr Microseconds kBackOffMax = Seconds(60);

  explicit Health(unsigned failures_max = kFailuresMax) : failures_max_(failures_max) {}

  void answered();
  void failed(MonotonicTime now);

  bool up() const { return up_; }
  // Somebody else, who may have waited at the same time, has seen it fail.
  bool failed_since(MonotonicTime began) const { return failed_at_ > began; }
  // Down, and time for one question to find out whether it still is.
  bool probe_due(MonotonicTime now) const { return !up_ && now >= probe_at_; }
  // That question is under way: the next one is due after twice the time, `back_off_max` at most.
  void probe_sent(MonotonicTime now, Microseconds back_off_max = kBackOffMax);

 private:
  unsigned failures_max_;
  bool up_ = true;
  unsigned failures_ = 0;  // in a row
  MonotonicTime failed_at_{};
  Microseconds back_off_ = kBackOffMin;
  MonotonicTime probe_at_{};
};

// Something that an upstream does wrong and that we work around once it was seen often enough to be
// no accident. Forgotten after a while, because upstreams are replaced and repaired.
class Quirk {
 public:
  static constexpr unsigned kSightings = 3;
  static constexpr Microseconds kMemory = std::chrono::hours(1);

  void seen(MonotonicTime now);
  bool present(MonotonicTime now) const { return sightings_ >= kSightings && now < until_; }

 private:
  unsigned sightings_ = 0;
  MonotonicTime until_{};
};

}  // namespace etymon::upstream

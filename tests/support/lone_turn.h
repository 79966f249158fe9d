// LoneTurn: a Turn on which one thread works, with nobody to take over from it. One thread.
#pragma once

#include "resolver/base/relay.h"
#include "resolver/forward/turn.h"

namespace etymon::testing {

// A relay whose threads are not started, so that it relieves nobody.
struct NoRelief {
  Relay relay{{"lone", nullptr, nullptr}, Milliseconds(20)};
};

class LoneTurn : private NoRelief, public forward::Turn {
 public:
  LoneTurn(Recorder& recorder, const Clock& clock) : Turn(recorder, clock, relay) {}

  void finish() { Turn::finish(Relay::Runner{0}); }
};

}  // namespace etymon::testing

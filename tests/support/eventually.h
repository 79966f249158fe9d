// What a thread that is not the test's does by itself, sooner or later.
#pragma once

#include <thread>

#include "resolver/base/clock.h"

namespace etymon::testing {

// Waits for it, ten seconds at most; whether it came.
template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) {
    std::this_thread::sleep_for(Milliseconds(5));
  }
  return condition();
}

}  // namespace etymon::testing

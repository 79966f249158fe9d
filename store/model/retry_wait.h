// Retry wait: how long to wait before what failed is tried again.
//
// At first soon, because what was wrong may be over in a moment; and twice as long each time it
// fails again, because a try may cost a lot of work that is for nothing. So what lasts for long is
// noticed to be over after about as long again, at most. A plain value.
#pragma once

#include <algorithm>

#include "resolver/base/clock.h"

namespace etymon::store {

class RetryWait {
 public:
  // REQUIRES: 0 < first <= longest.
  constexpr RetryWait(Milliseconds first, Milliseconds longest)
      : first_(first), longest_(longest) {}

  // It failed.
  void lengthen() { wait_ = std::clamp(2 * wait_, first_, longest_); }
  // It went well.
  void end() { wait_ = Milliseconds(0); }
  // 0: it did not fail when it was last tried.
  Milliseconds get() const { return wait_; }

 private:
  Milliseconds first_;
  Milliseconds longest_;
  Milliseconds wait_{0};
};

}  // namespace etymon::store

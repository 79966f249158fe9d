// UpkeepDesk: where long work on the store is done for the API, one piece at a time.
//
// Verifying and copying a large store take minutes, and two at once would only take the disk from
// each other, and both from recording. So there is one thread for them, and whoever comes while it
// works is turned away. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "api/service/worker.h"

namespace etymon::service {

class UpkeepDesk {
 public:
  // False: it is at work, and `task` is not taken. Whoever's task it is calls release() when it is
  // done.
  bool take(std::function<void()> task) {
    if (busy_.exchange(true)) {
      return false;
    }
    worker_.post(std::move(task));
    return true;
  }

  void release() { busy_ = false; }

 private:
  std::atomic<bool> busy_{false};
  Worker worker_{"upkeep"};
};

}  // namespace etymon::service

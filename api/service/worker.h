// Worker: threads that do what may wait for the disk, so that gRPC's own few threads never do.
//
// post() may be called from any thread. Tasks begin in the order in which they came. The destructor
// runs what is left, then joins.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "resolver/base/guarded.h"

namespace etymon::service {

class Worker {
 public:
  // `name`: of each thread, as name_this_thread() takes it.
  explicit Worker(const char* name, size_t threads = 1);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void post(std::function<void()> task);

 private:
  struct Queue {
    std::deque<std::function<void()>> tasks;
    bool closed = false;
  };

  void run();
  std::function<void()> next();

  Guarded<Queue> queue_;
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
};

}  // namespace etymon::service

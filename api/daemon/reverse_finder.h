// ReverseFinder: answers the loops' questions for the names of addresses from the memory.
//
// Reading may wait for the disk, so one thread of its own does it, for all loops; what waits for it
// is bounded. Each loop gets its own face of it, which posts the names back to that loop. Any
// thread; the destructor answers what waits, so the loops must still be there, running or not.
#pragma once

#include <atomic>
#include <memory>

#include "api/service/worker.h"
#include "resolver/base/clock.h"
#include "resolver/forward/reverse_names.h"
#include "resolver/net/event_loop.h"
#include "store/store.h"

namespace etymon::daemon {

class ReverseFinder {
 public:
  // Questions that wait, of all loops: some 100 ms of reading. More are passed on as if none of
  // this existed.
  static constexpr size_t kWaitingMax = 1024;
  // Names of one answer, the best: so many of usual length fit a datagram.
  static constexpr size_t kNamesMax = 16;

  // Both outlive it.
  ReverseFinder(const store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // For the forwarder of that loop. It may outlive this, as the loops do when the daemon stops:
  // they run no more then, so nobody asks it, and what it had posted the destructor has done.
  std::unique_ptr<forward::ReverseNames> face_for(net::EventLoop& loop);

 private:
  class Face;

  const store::Store& store_;
  const Clock& clock_;
  std::atomic<size_t> waiting_{0};
  service::Worker worker_{"reverse"};
};

}  // namespace etymon::daemon

// Feed: deliveries on their way from the journal to those who watch.
//
// publish() is called by who has the journal's pen, mostly a loop whose answers wait for it: it
// copies what it is told into each listener's queue, bounded, and goes. Everything else may be
// called by any thread. A listener whose queue is full hears no more from then on: what it has is
// without a gap up to there, and neither it nor a take() ends between two deliveries of one
// microsecond that came together.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/model/delivery.h"

namespace etymon::service {

class Feed {
 public:
  // Deliveries of 48 octets that wait for one listener.
  static constexpr size_t kWaitingMax = 65'536;

  class Listener {
   public:
    // `wake`: there is something, or an end, where before was nothing; on the thread of publish(),
    // so that it must not wait.
    explicit Listener(std::function<void()> wake) : wake_(std::move(wake)) {}

    // The oldest so many, and the rest of their last microsecond. After it was empty, wake() comes
    // again. `overflow` says that behind these some were missed.
    struct Taken {
      std::vector<Delivery> deliveries;
      bool overflow = false;
    };
    Taken take(size_t count);

   private:
    friend class Feed;
    void add(std::span<const Delivery> turn);

    struct Waiting {
      std::deque<Delivery> deliveries;
      bool overflow = false;
      bool woken = false;
    };
    Guarded<Waiting> waiting_;
    const std::function<void()> wake_;
  };

  // REQUIRES: one delivery or more, with times that do not fall.
  void publish(std::span<const Delivery> turn);

  // From now on. As long as the listener lives. The latest time of what was published before:
  // unless the clock was set back, the listener will hear nothing that bears that time or an
  // earlier one. Nothing: it will hear all that is ever published.
  std::optional<WallTime> join(const std::shared_ptr<Listener>& listener);

 private:
  struct State {
    std::list<std::weak_ptr<Listener>> listeners;
    std::optional<WallTime> newest;
  };
  Guarded<State> state_;
};

}  // namespace etymon::service

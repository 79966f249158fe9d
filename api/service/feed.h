// Feed: deliveries on their way from the journal to those who watch.
//
// publish() and publish_gap() are called by who has the journal's pen, mostly a loop whose answers
// wait for it: they copy what they are told into each listener's queue, bounded, and go. Everything
// else may be called by any thread. A listener whose queue is full hears no more from then on: what
// it has is without a gap up to there, and neither it nor a take() ends between two deliveries of
// one microsecond that came together.
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
#include "resolver/model/history.h"

namespace etymon::service {

class Feed {
 public:
  // Deliveries of 48 octets that wait for one listener.
  static constexpr size_t kWaitingMax = 65'536;
  // Gaps that wait for one listener. Beyond them the last one lasts until the next has ended.
  static constexpr size_t kGapsMax = 100;

  class Listener {
   public:
    // `wake`: there is something, or an end, where before was nothing; on the thread of publish(),
    // so that it must not wait.
    explicit Listener(std::function<void()> wake) : wake_(std::move(wake)) {}

    // The oldest so many, and the rest of their last microsecond; and all gaps that are over. After
    // it was empty, wake() comes again. `overflow` says that behind these some were missed.
    struct Taken {
      std::vector<Delivery> deliveries;
      std::vector<TimeSpan> gaps;
      bool overflow = false;
    };
    Taken take(size_t count);

   private:
    friend class Feed;
    void add(std::span<const Delivery> turn);
    void add_gap(const TimeSpan& gap);

    struct Waiting {
      std::deque<Delivery> deliveries;
      std::vector<TimeSpan> gaps;
      bool overflow = false;
      bool woken = false;
    };
    Guarded<Waiting> waiting_;
    const std::function<void()> wake_;
  };

  // REQUIRES: one delivery or more, with times that do not fall.
  void publish(std::span<const Delivery> turn);

  // In this span some were not published, and may be lost.
  void publish_gap(const TimeSpan& gap);

  // From now on. As long as the listener lives. The latest time of what was published before:
  // unless the clock was set back, the listener will hear nothing that bears that time or an
  // earlier one. Nothing: it will hear all that is ever published.
  std::optional<WallTime> join(const std::shared_ptr<Listener>& listener);

 private:
  struct State {
    std::list<std::weak_ptr<Listener>> listeners;
    std::optional<WallTime> newest;
  };
  static std::vector<std::shared_ptr<Listener>> present(State& state);

  Guarded<State> state_;
};

}  // namespace etymon::service

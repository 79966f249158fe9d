// Turn queue: the turns of all loops between their record() and whoever writes the journal.
//
// A plain value; its owner (the journal) guards it. What waits is written as one entry: several
// loops share one write. Bounded by its users: a loop waits for its turn, so it has one here at
// most, and a second one when another of its threads had to give up the first.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/delivery.h"
#include "resolver/model/history.h"
#include "resolver/model/recorder.h"

namespace etymon::store {

class TurnQueue {
 public:
  struct Loss {
    size_t deliveries = 0;
    std::optional<TimeSpan> span;  // from the earliest of them to the latest
  };

  // `ticket` must stay where it is until it has an outcome.
  void add(std::span<const Delivery> turn, RecordTicket& ticket);

  // The turn waits, or is being written.
  bool holds(const RecordTicket& ticket) const;

  bool is_empty() const { return waiting_.empty(); }

  // All that waits; it counts as being written from now on. `into` is replaced; its old buffer
  // becomes the queue's next one.
  void take(std::vector<Delivery>& into);

  // What was taken is written. Returns how many deliveries that makes: 0 when they were given up
  // in the meantime.
  size_t confirm();

  // Gives up what waits and what is being written. The latter may still reach the disk.
  Loss give_up();

 private:
  std::vector<Delivery> deliveries_;
  std::vector<RecordTicket*> waiting_;
  std::vector<RecordTicket*> taken_;
  size_t taken_deliveries_ = 0;
  std::optional<TimeSpan> waiting_span_;
  std::optional<TimeSpan> taken_span_;
};

// From the earliest delivery of a turn to the latest. REQUIRES: not empty.
TimeSpan span_of(std::span<const Delivery> turn);

}  // namespace etymon::store

// Handout: one answer, and those who waited for it and now get it, a turn's share at a time: a turn
// holds its messages until it ends, and everybody else waits for that.
//
// A value of one loop thread. Owns the answer, which those get from it whom one turn has no room
// for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/cache/answer_cache.h"
#include "resolver/forward/in_flight.h"
#include "resolver/model/delivery.h"
#include "resolver/wire/opt.h"

namespace etymon::forward {

// How a question ends.
struct Settling {
  Origin origin;
  std::optional<wire::ExtendedError> error;  // told to those who waited
  bool keep = true;                          // for those who ask next
  std::string client_subnet = {};            // as upstream told it
};

struct Handout {
  // Octets of one turn, about a millisecond, on all connections together. One that has more than
  // net's unsent_max waiting is closed, as with other answers.
  static constexpr size_t kTurnShare = 1 << 20;

  std::vector<Waiter> waiters = {};  // in the order they came
  size_t served = 0;                 // so many of them
  MonotonicTime since;               // when the answer was as it is kept here

  wire::StoredResponse stored;
  std::vector<IpAddress> withheld;
  cache::Hit hit = {};                    // all else of the answer, and its age if it came earlier
  std::optional<Settling> settling = {};  // nothing: it came earlier
  std::string client_subnet = {};         // that was asked for (RFC 7871)

  // Of an answer from the cache, without anybody to get it.
  static Handout of_kept(const cache::Hit& hit, MonotonicTime now);

  bool done() const { return served == waiters.size(); }
  // What the next one takes of a turn. REQUIRES: !done().
  size_t next_cost() const;
  // Refers to this object.
  cache::Hit hit_at(MonotonicTime now) const;
};

}  // namespace etymon::forward

// Recent pairs: who was told last of the addresses of a network, found by the hour.
//
// A network that many were told of has a pair for each of its addresses and hosts, and finding out
// of each when it was told last takes a seek of `by_address`: more with every month. The newest of
// them all stand in the last hours of `deliveries`. Reads only; private to store/.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/history.h"
#include "resolver/model/ip_address.h"
#include "store/journal/answer_book.h"
#include "store/tables/kept.h"
#include "store/tables/row_cursor.h"

namespace etymon::store {

struct Pair {
  IpAddress address;
  IpAddress client;

  friend bool operator==(const Pair&, const Pair&) = default;
};

// As `by_address` has them.
struct PairKeyOrder {
  bool operator()(const Pair& a, const Pair& b) const {
    const AddressKeyOrder is_less;
    return a.address == b.address ? is_less(a.client, b.client) : is_less(a.address, b.address);
  }
};

struct RecentQuery {
  IpPrefix addresses;
  TimeSpan span;     // closed
  size_t rows;       // so many of the newest Evidence rows are wanted
  size_t looked_at;  // in so many rows of `deliveries`, at most
  // So many are known to be as new as this; nothing: that is not known.
  std::optional<WallTime> at_least = {};
  const std::function<bool()>& should_stop;
};

struct RecentPairs {
  // Nothing else was told at or after this moment, and the newest rows all were.
  WallTime since;
  std::vector<Pair> pairs;  // in the order of their keys, each once
};

// Nothing: more would have to be looked at, or there are no so many. Moves `deliveries`. Errors: as
// the disk says; kDataLoss; kNotFound as EvidenceView::evidence(); kUnavailable: stopped.
Result<std::optional<RecentPairs>> recent_pairs(const RecentQuery& query, RowCursor& deliveries,
                                                const Kept& kept, AnswerBook& book);

}  // namespace etymon::store

// Purge: rewrites the tables piece by piece, so that rows from before the floors, and what was
// forgotten, are gone and their space comes back.
//
// In pieces, because the fold thread does it and must fold in between: one piece takes a few
// seconds at most, the tail has room for many.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <utility>

#include "resolver/base/result.h"
#include "store/tables/tables.h"

namespace etymon::store {

class Purge {
 public:
  explicit Purge(Tables& tables) : tables_(tables) {}

  // These tables, from the beginning.
  void begin(std::deque<Table> tables);
  bool is_under_way() const { return !tables_left_.empty() || !pieces_.empty(); }
  // Of the files that were rewritten since begin(), about.
  uint64_t octets() const { return octets_; }

  // Rewrites the next piece. An error ends the purge; kUnavailable: `stop` was set.
  Status step(std::atomic<bool>& stop);

 private:
  void cut(Table table);

  Tables& tables_;
  std::deque<Table> tables_left_;
  std::deque<std::pair<Table, KeyRange>> pieces_;
  uint64_t octets_ = 0;
};

}  // namespace etymon::store

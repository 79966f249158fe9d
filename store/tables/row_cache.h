// RowCache: rows that lookups have read, for those who ask for them again.
//
// A firewall asks about the same hosts and addresses again and again. In RocksDB's own cache there
// are blocks, each of which has to be found and searched anew: 2 to 5 us for a seek, of which a
// lookup needs one to three. What is in here is of one state of the tables; each change of them
// empties it. What was not asked for since the cache was last half full goes first. Thread-safe.
//
// Rows are worth keeping when they were looked for before, not long ago: who goes through a log of
// many hosts and addresses takes nobody's room, and does not wait for copies that nobody reads.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/flat_map.h"
#include "resolver/base/guarded.h"
#include "store/tables/keys.h"

namespace etymon::store {

// Rows of one address and client, from `newest` on backwards, as CopyingWalk (cached_rows.h) puts
// them together; or the value of a single row.
struct CachedRows {
  Day newest = 0;
  std::string octets;
};
using CachedRowsPtr = std::shared_ptr<const CachedRows>;

class RowCache {
 public:
  enum class Kind : uint8_t { kPair, kByAddress, kDeliveries };

  explicit RowCache(size_t octets_max);

  // From now on the tables are in this state, and nothing of another is kept or found.
  void begin(uint64_t state);

  struct Found {
    CachedRowsPtr rows;             // null: not here
    bool is_worth_keeping = false;  // when it is read now
  };
  Found find(uint64_t state, Kind kind, std::string_view key);
  void keep(uint64_t state, Kind kind, std::string_view key, CachedRowsPtr rows);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  // Each kind has its own, as keys of two kinds may be the same.
  using OfKind = FlatMap<std::string, CachedRowsPtr, Hash, std::equal_to<>>;
  using Entries = std::array<OfKind, 3>;
  struct State {
    uint64_t tables = 0;
    Entries recent;
    Entries older;
    size_t octets = 0;  // of `recent`
    // Of what was not found lately, each in the place of the one before: part of its hash.
    std::vector<uint32_t> missed;
  };

  static bool note_missed(State& state, size_t hash);
  void put(State& state, Kind kind, std::string_view key, CachedRowsPtr rows,
           std::optional<Entries>& dropped) const;

  const size_t half_;
  Guarded<State> state_;
};

}  // namespace etymon::store

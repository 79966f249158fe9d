#include "store/tables/row_cache.h"

#include <utility>

namespace etymon::store {
namespace {

// Of an entry: its place in the table, and what the two parts of it take from the allocator.
constexpr size_t kEntryOctets = 128;

size_t place_of(RowCache::Kind kind) {
  return static_cast<size_t>(kind);
}

}  // namespace

void RowCache::begin(uint64_t state) {
  State emptied;  // It ends without the lock.
  emptied.tables = state;
  auto now = state_.lock();
  std::swap(*now, emptied);
}

CachedRowsPtr RowCache::find(uint64_t state, Kind kind, std::string_view key) {
  if (half_ == 0) {
    return nullptr;
  }
  std::optional<Entries> dropped;
  auto now = state_.lock();
  if (now->tables != state) {
    return nullptr;
  }
  const OfKind& recent = now->recent[place_of(kind)];
  if (const auto found = recent.find(key); found != recent.end()) {
    return found->second;
  }
  const OfKind& older = now->older[place_of(kind)];
  const auto found = older.find(key);
  if (found == older.end()) {
    return nullptr;
  }
  CachedRowsPtr rows = found->second;
  put(*now, kind, key, rows, dropped);
  return rows;
}

void RowCache::keep(uint64_t state, Kind kind, std::string_view key, CachedRowsPtr rows) {
  if (half_ == 0) {
    return;
  }
  std::optional<Entries> dropped;
  auto now = state_.lock();
  if (now->tables == state) {
    put(*now, kind, key, std::move(rows), dropped);
  }
}

// `dropped` ends without the lock.
void RowCache::put(State& state, Kind kind, std::string_view key, CachedRowsPtr rows,
                   std::optional<Entries>& dropped) const {
  state.octets += key.size() + rows->octets.size() + kEntryOctets;
  state.recent[place_of(kind)].insert_or_assign(std::string(key), std::move(rows));
  if (state.octets > half_) {
    dropped = std::exchange(state.older, std::exchange(state.recent, {}));
    state.octets = 0;
  }
}

}  // namespace etymon::store

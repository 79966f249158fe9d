#include "store/row_cache.h"

#include <utility>

namespace etymon::store {
namespace {

// Of an entry: its place in the table, and what the two parts of it take from the allocator.
constexpr size_t kEntryOctets = 128;

std::string name_of(RowCache::Kind kind, std::string_view key) {
  std::string name(1, static_cast<char>(kind));
  name.append(key);
  return name;
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
  std::string name = name_of(kind, key);
  Entries dropped;
  auto now = state_.lock();
  if (now->tables != state) {
    return nullptr;
  }
  if (const auto found = now->recent.find(name); found != now->recent.end()) {
    return found->second;
  }
  const auto found = now->older.find(name);
  if (found == now->older.end()) {
    return nullptr;
  }
  CachedRowsPtr rows = found->second;
  put(*now, std::move(name), rows, dropped);
  return rows;
}

void RowCache::keep(uint64_t state, Kind kind, std::string_view key, CachedRowsPtr rows) {
  if (half_ == 0) {
    return;
  }
  Entries dropped;
  auto now = state_.lock();
  if (now->tables == state) {
    put(*now, name_of(kind, key), std::move(rows), dropped);
  }
}

// `dropped` ends without the lock.
void RowCache::put(State& state, std::string key, CachedRowsPtr rows, Entries& dropped) const {
  state.octets += key.size() + rows->octets.size() + kEntryOctets;
  state.recent.insert_or_assign(std::move(key), std::move(rows));
  if (state.octets > half_) {
    dropped = std::exchange(state.older, std::exchange(state.recent, {}));
    state.octets = 0;
  }
}

}  // namespace etymon::store

#include "store/tables/row_cache.h"

#include <bit>
#include <utility>

namespace etymon::store {
namespace {

// Of an entry: its place in the table, and what the two parts of it take from the allocator.
constexpr size_t kEntryOctets = 128;

size_t place_of(RowCache::Kind kind) {
  return static_cast<size_t>(kind);
}

}  // namespace

// As many misses are remembered as there may be entries of twice that size.
RowCache::RowCache(size_t octets_max) : half_(octets_max / 2) {
  state_.lock()->missed.resize(std::bit_ceil(half_ / (2 * kEntryOctets)));
}

// What was missed before the tables changed is still wanted.
void RowCache::begin(uint64_t state) {
  State emptied;  // It ends without the lock.
  emptied.tables = state;
  auto now = state_.lock();
  std::swap(now->missed, emptied.missed);
  std::swap(*now, emptied);
}

RowCache::Found RowCache::find(uint64_t state, Kind kind, std::string_view key) {
  if (half_ == 0) {
    return {};
  }
  const size_t hash = Hash()(key);
  std::optional<Entries> dropped;
  auto now = state_.lock();
  if (now->tables != state) {
    return {};
  }
  const OfKind& recent = now->recent[place_of(kind)];
  if (const auto found = recent.find(key, hash); found != recent.end()) {
    return {found->second};
  }
  const OfKind& older = now->older[place_of(kind)];
  const auto found = older.find(key, hash);
  if (found == older.end()) {
    return {.rows = nullptr, .is_worth_keeping = note_missed(*now, hash + place_of(kind))};
  }
  CachedRowsPtr rows = found->second;
  put(*now, kind, key, rows, dropped);
  return {std::move(rows)};
}

// Whether it was missed before.
bool RowCache::note_missed(State& state, size_t hash) {
  constexpr size_t kPart = 32;  // bits that do not choose the place
  uint32_t& last = state.missed[hash & (state.missed.size() - 1)];
  return std::exchange(last, static_cast<uint32_t>(hash >> kPart)) == hash >> kPart;
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

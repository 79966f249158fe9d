#include "store/tables/address_rows.h"

#include <utility>

#include "resolver/base/bytes.h"
#include "store/tables/keys.h"
#include "store/tables/table_errors.h"

namespace etymon::store {
namespace {

// As many as gRPC has threads on most machines.
constexpr size_t kIdleMax = 8;

const rocksdb::Slice kBehindAll = to_slice(kBehindAllKeys);

}  // namespace

Result<AddressRowsPtr> AddressRowsPool::take(const TakeSnapshot& snapshot) {
  count_no_steps_in_this_thread();
  uint64_t generation = 0;
  {
    auto state = state_.lock();
    if (!state->idle.empty()) {
      AddressRowsPtr idle = std::move(state->idle.back());
      state->idle.pop_back();
      return idle;
    }
    generation = state->generation;
  }
  const auto same = snapshot();
  auto rows = same->scan(Table::kByAddress, kBehindAll);
  const Result<Sequence> folded = read_position(*rows);
  if (!folded) {
    return folded.error();
  }
  return std::make_unique<AddressRows>(
      AddressRows{.tables = same->opened(),
                  .rows = RowCursor(std::move(rows)),
                  .homes = RowCursor(same->scan(Table::kByAddress, kBehindAll)),
                  .hours = RowCursor(same->scan(Table::kDeliveries, kBehindAll)),
                  .folded = *folded,
                  .state = same->state(),
                  .generation = generation});
}

// What is not kept is closed by the caller's end of `rows`, without the lock.
void AddressRowsPool::give_back(AddressRowsPtr rows) {
  auto state = state_.lock();
  const bool is_current = rows->generation == state->generation && !rows->rows.has_failed() &&
                          !rows->homes.has_failed() && !rows->hours.has_failed();
  if (is_current && state->idle.size() < kIdleMax) {
    state->idle.push_back(std::move(rows));
  }
}

void AddressRowsPool::renew() {
  std::vector<AddressRowsPtr> closed;  // after the lock is given back
  auto state = state_.lock();
  ++state->generation;
  closed.swap(state->idle);
}

// It is there once anything was folded. Not found for damage, it would make the tail tell again
// what the tables tell.
Result<Sequence> read_position(rocksdb::Iterator& addresses) {
  addresses.Seek(to_slice(kFoldedKey));
  const bool found = addresses.Valid() && to_view(addresses.key()) == kFoldedKey;
  const Status read = is_read(addresses, Table::kByAddress);
  if (!read) {
    return read.error();
  }
  return found ? ByteReader(to_view(addresses.value())).u64() : Sequence{0};
}

}  // namespace etymon::store

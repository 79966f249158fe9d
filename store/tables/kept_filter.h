// Lets go of rows from before the floors when RocksDB next rewrites them: without tombstones, which
// would have to be written, kept and compacted in their turn. Private to store/.
//
// What is told by hours goes by hours, what is told by days by whole days (FORMAT.md).
#pragma once

#include <rocksdb/compaction_filter.h>

#include <memory>

#include "resolver/base/guarded.h"
#include "store/tables/kept.h"

namespace etymon::store {

// Which table a filter is for: how to read its keys and values.
enum class KeptRows : uint8_t { kDeliveries, kByAddress, kByName, kByClient };

// The floors that are on the disk. Any thread.
class KeptOnDisk {
 public:
  KeptPtr get() const { return *kept_.lock(); }
  void set(KeptPtr kept) { *kept_.lock() = std::move(kept); }

 private:
  Guarded<KeptPtr> kept_{std::make_shared<const Kept>()};
};

// Both are shared with RocksDB, which asks for a filter at the start of each compaction.
std::shared_ptr<rocksdb::CompactionFilterFactory> kept_filter(
    KeptRows rows, std::shared_ptr<const KeptOnDisk> kept);

}  // namespace etymon::store

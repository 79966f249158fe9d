// Drops folded entries of the journal when RocksDB next writes them, in a flush or a compaction:
// without tombstones, which would have to be written, kept and compacted in their turn. Private to
// store/.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "store/tables/keys.h"

namespace etymon::store {

class FoldedEntries final : public rocksdb::CompactionFilterFactory {
 public:
  // Entries up to `last` are no longer needed, nor those of which that was said before. Any thread.
  void set(Sequence last);
  Sequence last() const { return last_; }

  const char* Name() const override { return "etymon.FoldedEntries"; }
  bool ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason) const override {
    return true;
  }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;

 private:
  std::atomic<Sequence> last_{0};
};

}  // namespace etymon::store

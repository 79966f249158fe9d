#include "store/journal/journal_filter.h"

#include <string>

#include "resolver/base/bytes.h"
#include "store/files/database.h"

namespace etymon::store {
namespace {

class Filter final : public rocksdb::CompactionFilter {
 public:
  explicit Filter(Sequence last) : last_(last) {}

  const char* Name() const override { return "etymon.FoldedEntries"; }

  Decision FilterV2(int, const rocksdb::Slice& key, ValueType, const rocksdb::Slice&, std::string*,
                    std::string* skip_until) const override {
    if (ByteReader(to_view(key)).u64() > last_) {
      return Decision::kKeep;
    }
    skip_until->clear();
    ByteWriter(*skip_until).u64(last_ + 1);
    return Decision::kRemoveAndSkipUntil;
  }

 private:
  const Sequence last_;
};

}  // namespace

// Who folds says it early, who writes late, of an earlier fold perhaps: what verify() has read must
// not be missed by it afterwards.
void FoldedEntries::set(Sequence last) {
  Sequence before = last_;
  while (before < last && !last_.compare_exchange_weak(before, last)) {
  }
}

std::unique_ptr<rocksdb::CompactionFilter> FoldedEntries::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context&) {
  return std::make_unique<Filter>(last_);
}

}  // namespace etymon::store

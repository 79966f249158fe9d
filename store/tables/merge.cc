#include "store/tables/merge.h"

#include <deque>

#include "store/files/database.h"

namespace etymon::store {
namespace {

class Concatenation final : public rocksdb::MergeOperator {
 public:
  Concatenation(const char* name, Normalise normalise) : name_(name), normalise_(normalise) {}

  const char* Name() const override { return name_; }

  // A lone operand passes untouched: whoever wrote it, the fold or a partial merge, has brought it
  // into canonical form.
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    if (in.existing_value == nullptr && in.operand_list.size() == 1) {
      out->existing_operand = in.operand_list.front();
      return true;
    }
    std::string all = in.existing_value == nullptr ? "" : in.existing_value->ToString();
    for (const rocksdb::Slice& operand : in.operand_list) {
      all.append(to_view(operand));
    }
    out->new_value = normalise_(all);
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands,
                         std::string* merged, rocksdb::Logger*) const override {
    std::string all;
    for (const rocksdb::Slice& operand : operands) {
      all.append(to_view(operand));
    }
    *merged = normalise_(all);
    return true;
  }

 private:
  const char* name_;
  Normalise normalise_;
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> concatenation(const char* name, Normalise normalise) {
  return std::make_shared<Concatenation>(name, normalise);
}

}  // namespace etymon::store

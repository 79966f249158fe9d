#include "store/tables/kept_filter.h"

#include <string>
#include <utility>

#include "store/files/database.h"
#include "store/tables/sets.h"

namespace etymon::store {
namespace {

constexpr const char* kName = "etymon.KeptRows";

using Decision = rocksdb::CompactionFilter::Decision;

Decision keep_if(bool kept) {
  return kept ? Decision::kKeep : Decision::kRemove;
}

class Filter final : public rocksdb::CompactionFilter {
 public:
  Filter(KeptRows rows, KeptPtr kept)
      : rows_(rows), kept_(std::move(kept)), complete_since_(kept_->complete_since()) {}

  const char* Name() const override { return kName; }

  // A row that cannot be read stays, for whoever looks for damage.
  Decision FilterV2(int, const rocksdb::Slice& key, ValueType, const rocksdb::Slice& value,
                    std::string* new_value, std::string*) const override {
    switch (rows_) {
      case KeptRows::kDeliveries: {
        const auto row = read_delivery_key(to_view(key));
        return keep_if(!row || row->hour >= kept_->since(row->client));
      }
      case KeptRows::kByAddress: {
        const auto row = read_address_key(to_view(key));
        return keep_if(!row || row->day >= day_of(kept_->since(row->client)));
      }
      case KeptRows::kByName:
        return filter_names(to_view(key), to_view(value), *new_value);
      case KeptRows::kByClient: {
        const auto row = read_client_key(to_view(key));
        return keep_if(!row || row->hour >= kept_->since(row->client));
      }
    }
    return Decision::kKeep;
  }

 private:
  Decision filter_names(std::string_view key, std::string_view value,
                        std::string& new_value) const {
    const auto row = read_name_key(key);
    if (!row || row->day >= day_of(complete_since_)) {
      return Decision::kKeep;
    }
    if (kept_->is_over(row->day)) {
      return Decision::kRemove;
    }
    const auto clients = read_clients(value);
    if (!clients) {
      return Decision::kKeep;
    }
    new_value.clear();
    size_t kept = 0;
    for (const ClientHours& client : *clients) {
      if (row->day >= day_of(kept_->since(client.client))) {
        append_member(new_value, client);
        ++kept;
      }
    }
    if (kept == clients->size()) {
      return Decision::kKeep;
    }
    return kept == 0 ? Decision::kRemove : Decision::kChangeValue;
  }

  const KeptRows rows_;
  const KeptPtr kept_;
  const Hour complete_since_;
};

class Factory final : public rocksdb::CompactionFilterFactory {
 public:
  Factory(KeptRows rows, std::shared_ptr<const KeptOnDisk> kept)
      : rows_(rows), kept_(std::move(kept)) {}

  const char* Name() const override { return kName; }

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    KeptPtr kept = kept_->get();
    const bool keeps_all = *kept == Kept{};
    return keeps_all ? nullptr : std::make_unique<Filter>(rows_, std::move(kept));
  }

 private:
  const KeptRows rows_;
  const std::shared_ptr<const KeptOnDisk> kept_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> kept_filter(
    KeptRows rows, std::shared_ptr<const KeptOnDisk> kept) {
  return std::make_shared<Factory>(rows, std::move(kept));
}

}  // namespace etymon::store

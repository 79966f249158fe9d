#include "store/tables/tables_view.h"

namespace etymon::store {
namespace {

constexpr size_t kReadAhead = 1 << 20;

// What is read once does not push out what lookups need.
rocksdb::ReadOptions reading(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  options.fill_cache = false;
  return options;
}

}  // namespace

TablesView::TablesView(const Tables& tables) : snapshot_(tables.snapshot()) {
  rocksdb::ReadOptions options = reading(snapshot_->get());
  options.readahead_size = kReadAhead;
  const OpenTables& opened = snapshot_->tables();
  for (size_t i = 0; i < kTableCount; ++i) {
    iterators_[i].reset(opened.db().NewIterator(options, opened.family(static_cast<Table>(i))));
  }
}

uint64_t TablesView::octets_of(Table table) const {
  return snapshot_->tables().figure(table, "rocksdb.total-sst-files-size");
}

uint64_t TablesView::estimated_rows(Table table) const {
  return snapshot_->tables().figure(table, "rocksdb.estimate-num-keys");
}

Result<std::string> TablesView::answer(AnswerId id) {
  std::string key;
  append_id(key, id);
  std::string bytes;
  const OpenTables& opened = snapshot_->tables();
  const rocksdb::Status got =
      opened.db().Get(reading(snapshot_->get()), opened.family(Table::kAnswers), key, &bytes);
  if (got.IsNotFound()) {
    return Error{ErrorCode::kNotFound, "no answer of this number"};
  }
  const Status status = to_status(got, "cannot read the table answers");
  return status ? Result<std::string>(std::move(bytes)) : status.error();
}

}  // namespace etymon::store

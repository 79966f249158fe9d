#include "store/upkeep/tables_view.h"

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

TablesView::TablesView(const Tables& tables) : tables_(tables), snapshot_(tables.snapshot()) {
  rocksdb::ReadOptions options = reading(snapshot_.get());
  options.readahead_size = kReadAhead;
  for (size_t i = 0; i < kTableCount; ++i) {
    iterators_[i].reset(tables.db().NewIterator(options, tables.family(static_cast<Table>(i))));
  }
}

uint64_t TablesView::estimated_rows(Table table) const {
  uint64_t rows = 0;
  tables_.db().GetIntProperty(tables_.family(table), "rocksdb.estimate-num-keys", &rows);
  return rows;
}

Result<std::string> TablesView::answer(AnswerId id) {
  std::string key;
  append_id(key, id);
  std::string value;
  const rocksdb::Status got =
      tables_.db().Get(reading(snapshot_.get()), tables_.family(Table::kAnswers), key, &value);
  if (got.IsNotFound()) {
    return Error{ErrorCode::kNotFound, "no answer of this number"};
  }
  const Status status = to_status(got, "cannot read the table answers");
  return status ? Result<std::string>(std::move(value)) : status.error();
}

}  // namespace etymon::store

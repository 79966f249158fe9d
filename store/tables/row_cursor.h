// RowCursor: a place among the rows of a table, which moves to a key by the shortest way.
//
// Questions that come together often are about neighbours: the next client of the same address, the
// day before. A cursor that stands there already need not seek, which costs ten times as much as a
// step. One thread at a time; RocksDB's snapshot is the iterator's.
#pragma once

#include <rocksdb/iterator.h>

#include <memory>
#include <string>
#include <string_view>

#include "store/files/database.h"

namespace etymon::store {

class RowCursor {
 public:
  // Stands nowhere, wherever `rows` does.
  explicit RowCursor(std::unique_ptr<rocksdb::Iterator> rows) : rows_(std::move(rows)) {}

  // To the row of this key, or the first behind it.
  void seek(std::string_view key);
  // The same, for a row that mostly is one of the next `steps`.
  void seek_nearby(std::string_view key, unsigned steps = 1);
  // REQUIRES: valid().
  void next();

  // False behind the last row, and where the disk could not be read: then status() says why. The
  // next seek tries again, and forgets it.
  bool valid() const { return rows_->Valid(); }
  rocksdb::Status status() const { return rows_->status(); }
  // Of one that stands at a row, or nowhere yet, RocksDB need not be asked.
  bool has_failed() const { return is_placed_ && !valid() && !status().ok(); }

  // Until the cursor is moved. REQUIRES: valid().
  std::string_view key() const { return to_view(rows_->key()); }
  std::string_view value() const { return to_view(rows_->value()); }

 private:
  bool stands_at(std::string_view key) const;

  std::unique_ptr<rocksdb::Iterator> rows_;
  bool is_placed_ = false;
  std::string gap_;  // no row has this key, or one between it and where the cursor stands
};

}  // namespace etymon::store

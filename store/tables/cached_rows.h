// How the rows of one pair lie in the RowCache: written while they are read, and read again.
// Values, one thread each; both can be walked over as a RowCursor can.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "resolver/base/bytes.h"
#include "store/tables/row_cache.h"
#include "store/tables/row_cursor.h"

namespace etymon::store {

// Copies what it walks over, unless that is much: then it is rarely read again in the same state,
// and other pairs have more of the room.
class CopyingWalk {
 public:
  static constexpr size_t kOctetsMax = 4096;

  explicit CopyingWalk(RowCursor& rows) : rows_(rows) {}

  bool valid() const { return rows_.valid(); }
  std::string_view key() const { return rows_.key(); }
  std::string_view value() const { return rows_.value(); }
  rocksdb::Status status() const { return rows_.status(); }
  void next() {
    if (copied_.size() <= kOctetsMax) {
      ByteWriter writer(copied_);
      writer.block(as_bytes(rows_.key()));
      writer.block(as_bytes(rows_.value()));
    }
    rows_.next();
  }

  // All that was walked over, in a form for CachedWalk; nothing: it was too much.
  bool is_whole() const { return copied_.size() <= kOctetsMax; }
  std::string take() { return std::move(copied_); }

 private:
  RowCursor& rows_;
  std::string copied_;
};

class CachedWalk {
 public:
  explicit CachedWalk(CachedRowsPtr rows) : rows_(std::move(rows)), rest_(rows_->octets) { next(); }

  bool valid() const { return valid_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  rocksdb::Status status() const { return {}; }
  void next() {
    valid_ = !rest_.at_end();
    key_ = as_text(rest_.block());
    value_ = as_text(rest_.block());
  }

 private:
  CachedRowsPtr rows_;
  ByteReader rest_;
  std::string_view key_;
  std::string_view value_;
  bool valid_ = false;
};

}  // namespace etymon::store

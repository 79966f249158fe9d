#include "store/tables/row_cursor.h"

namespace etymon::store {

void RowCursor::seek(std::string_view key) {
  if (!stands_at(key)) {
    rows_->Seek(to_slice(key));
    gap_.assign(key);
    is_placed_ = true;
  }
}

void RowCursor::seek_nearby(std::string_view key, unsigned steps) {
  for (; steps > 0 && is_placed_ && valid() && this->key() < key; --steps) {
    next();
  }
  seek(key);
}

void RowCursor::next() {
  gap_.assign(key());
  gap_.push_back('\0');  // the first key behind it
  rows_->Next();
}

// Whether a seek would lead to where the cursor is.
bool RowCursor::stands_at(std::string_view key) const {
  if (!is_placed_ || key < gap_) {
    return false;
  }
  return valid() ? key <= this->key() : rows_->status().ok();
}

}  // namespace etymon::store

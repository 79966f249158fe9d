// What is wrong with rows that were read, and what to do about it. Private to store/; pure.
#pragma once

#include <rocksdb/status.h>

#include <string>

#include "resolver/base/result.h"
#include "store/files/database.h"
#include "store/tables/open_tables.h"

namespace etymon::store {

inline Error damaged(Table table) {
  return {ErrorCode::kDataLoss, std::string("table ") + name_of(table) + " is damaged"};
}

// With what to do about damage, where it does not say so yet.
inline Error naming_repair(Error error) {
  const bool is_named = error.message.find("etymond --repair") != std::string::npos;
  if (error.code == ErrorCode::kDataLoss && !is_named) {
    error.message += "; etymond --repair keeps what can be read";
  }
  return error;
}

// Whether all there was could be read. A seek makes an iterator forget why it found nothing more:
// whoever looks for what comes next asks before.
template <class Rows>
Status is_read(const Rows& rows, Table table) {
  const rocksdb::Status status = rows.status();
  return status.ok() ? Status()
                     : to_status(status, std::string("cannot read the table ") + name_of(table));
}

}  // namespace etymon::store

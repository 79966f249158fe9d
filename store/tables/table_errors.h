// What is wrong with rows that were read. Private to store/; pure.
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

// Whether all there was could be read. A seek makes an iterator forget why it found nothing more:
// whoever looks for what comes next asks before.
template <class Rows>
Status is_read(const Rows& rows, Table table) {
  const rocksdb::Status status = rows.status();
  return status.ok() ? Status()
                     : to_status(status, std::string("cannot read the table ") + name_of(table));
}

}  // namespace etymon::store

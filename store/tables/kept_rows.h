// Kept rows: the table `kept`, in which the floors are on the disk. Private to store/.
#pragma once

#include <string_view>

#include "resolver/base/result.h"
#include "store/tables/kept.h"
#include "store/tables/tables.h"

namespace etymon::store {

struct KeptRecord {
  Kept kept;
  Hour purged = 0;  // the floor for all from before which no row was left

  friend bool operator==(const KeptRecord&, const KeptRecord&) = default;
};

// Adds what one row says. Error kDataLoss: it is damaged.
Status read_kept_row(std::string_view key, std::string_view value, KeptRecord& record);

// Of the rows that tell floors, which stand before those of forget_log.h. Error: kDataLoss
// (damaged), or as the disk says.
Result<KeptRecord> read_kept(rocksdb::Iterator& rows);

// The rows that make the table say `now`. REQUIRES: it says `before`.
void add_kept(const KeptRecord& now, const Kept& before, TableFile& file);

}  // namespace etymon::store

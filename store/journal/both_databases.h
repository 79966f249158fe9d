// Both databases: journal and tables of a store, each opened with a look at the other.
//
// A folder without a database is one for RocksDB in which a new one begins. But the journal says of
// which time the tables have everything: beside new tables it would call what they have lost never
// delivered, and beside a new journal nothing would be known of the time. So one of the two alone
// is damage, unless it is the beginning of a first start: the journal is made first, covers nothing
// before there are tables, and is on the disk before them. Blocking.
#pragma once

#include <memory>
#include <string>

#include "resolver/base/result.h"
#include "store/journal/journal_database.h"
#include "store/tables/tables.h"

namespace etymon::store {

// Of the store in `folder`. Errors: as Database::open(), and kDataLoss: there are tables without a
// journal; nothing is touched.
Result<std::unique_ptr<JournalDatabase>> open_journal(const std::string& folder, rocksdb::Env& env);

// `journal`: that of the same store; none: it cannot be opened. Errors: as Tables::open(), and
// kDataLoss: the tables are missing, of which the journal says something; nothing is touched.
Result<std::unique_ptr<Tables>> open_tables(const std::string& folder,
                                            const JournalDatabase* journal, rocksdb::Env& env,
                                            size_t block_cache_bytes);

// Whether both are there, as in all stores that have recorded. Errors: kDataLoss, and as of
// Database::is_in().
Status check_both(const std::string& folder);

}  // namespace etymon::store

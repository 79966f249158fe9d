// Salvaged journal: what can be read of a damaged journal, and of which times something is missing.
//
// A journal that is whole is read as the store reads it. Of a damaged one the files are read one by
// one: sorted files first, then the logs (log_reader.h), each newer than the one before. Everything
// in a log stands in the order of time, so what a hole in it has lost lies between what was said
// before the hole and after it. The old folder is only read. Blocking, one thread.
#pragma once

#include <rocksdb/env.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "store/coverage_log.h"
#include "store/journal_database.h"
#include "store/journal_entry.h"
#include "store/upkeep/gaps.h"

namespace etymon::store {

struct SalvagedJournal {
  std::map<Sequence, JournalEntry> entries;  // at most what the store's memory held
  std::vector<CoverageRow> coverage;
  bool is_whole = true;
};

// What is in the tables already, as far as that is known.
struct FoldedSoFar {
  std::optional<Sequence> position;  // entries up to this one are in the tables; nothing: not known
  std::optional<WallTime> newest;    // time of the newest delivery in the tables
};

// `view`: a folder to be made (folder_view.h). What may be missing is added to `gaps`. Errors: as
// the disk says.
Result<SalvagedJournal> salvage_journal(const std::string& from, const std::string& view,
                                        const FoldedSoFar& folded, rocksdb::Env& env, Gaps& gaps);

}  // namespace etymon::store

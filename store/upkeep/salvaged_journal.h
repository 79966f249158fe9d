// Salvaged journal: what can be read of a damaged journal, and of which times something is missing.
//
// A journal that is whole is read as the store reads it. Of a damaged one the files are read one by
// one: sorted files first, then the logs (log_reader.h), each newer than the one before. But the
// coverage of the sorted files is read by RocksDB, if it can: a row that is gone is still in an
// older file, and that a newer one takes it away, a file read by itself does not tell. Everything
// in a log stands in the order in which it happened, so what a hole in it has lost lies between
// what was said before the hole and the next word of the interval that is live behind it. What the
// turn log has of the entry that was in the making comes last; what damage there swallows lies
// behind all that the coverage says. The old folder is only read. Blocking, one thread.
#pragma once

#include <rocksdb/env.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "store/journal/coverage_log.h"
#include "store/journal/journal_database.h"
#include "store/journal/journal_entry.h"
#include "store/upkeep/gaps.h"

namespace etymon::store {

struct SalvagedJournal {
  std::map<Sequence, JournalEntry> entries;  // at most what the store's memory held
  std::vector<CoverageRow> coverage;
  bool is_whole = true;
};

// The newest live delivery in it.
std::optional<WallTime> newest_of(const JournalEntry& entry);

// What is in the tables already, as far as that is known.
struct FoldedSoFar {
  std::optional<Sequence> position;  // entries up to this one are in the tables; nothing: not known
  std::optional<WallTime> newest;    // time of the newest delivery in the tables
};

// How far RocksDB gets with it.
enum class JournalReading { kWhole, kInPart, kNotAtAll };

struct JournalTrial {
  std::string view;  // the journal as it can be opened (folder_view.h)
  JournalReading reading;
  std::vector<std::string> tables;  // its sorted files and its logs, oldest first, with their paths
  std::vector<std::string> logs;
  std::set<std::string> surviving;  // of the sorted files those that a child could read
  bool has_coverage = false;        // RocksDB reads the coverage that the sorted files hold
};

// To be found out first. `view`: a folder to be made. Errors: as the disk says, and as of
// in_a_child(). REQUIRES: no database is open (child.h).
Result<JournalTrial> try_journal(const std::string& from, const std::string& view);

// What may be missing is added to `gaps`. Errors: as the disk says.
Result<SalvagedJournal> salvage_journal(const std::string& from, const JournalTrial& trial,
                                        const FoldedSoFar& folded, rocksdb::Env& env, Gaps& gaps);

}  // namespace etymon::store

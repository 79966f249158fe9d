#include "store/journal/both_databases.h"

#include "store/files/format_file.h"

namespace etymon::store {
namespace {

constexpr const char* kJournal = "/journal";
constexpr const char* kTables = "/tables";

Error missing(const std::string& database) {
  return {ErrorCode::kDataLoss,
          database + " is missing, or its file CURRENT; etymond --repair keeps what can be read"};
}

// Coverage comes with a start that has made the tables. The journal's name is on the disk before
// there are tables, or a power loss could leave them alone.
Status check_absence(const std::string& folder, const JournalDatabase* journal, rocksdb::Env& env) {
  const auto covered = journal != nullptr ? journal->coverage() : missing(folder + kTables);
  if (!covered) {
    return covered.error();
  }
  return covered->empty() ? sync_names(folder, env) : missing(folder + kTables);
}

}  // namespace

Result<std::unique_ptr<JournalDatabase>> open_journal(const std::string& folder,
                                                      rocksdb::Env& env) {
  const Result<bool> has_tables = Database::is_in(folder + kTables);
  const Result<bool> has_journal = has_tables ? Database::is_in(folder + kJournal) : has_tables;
  if (!has_journal) {
    return has_journal.error();
  }
  if (*has_tables && !*has_journal) {
    return missing(folder + kJournal);
  }
  return JournalDatabase::open(folder + kJournal, env);
}

Result<std::unique_ptr<Tables>> open_tables(const std::string& folder,
                                            const JournalDatabase* journal, rocksdb::Env& env,
                                            size_t block_cache_bytes) {
  const Result<bool> there = Database::is_in(folder + kTables);
  if (!there) {
    return there.error();
  }
  const Status may_open = *there ? Status() : check_absence(folder, journal, env);
  return may_open ? Tables::open(folder + kTables, env, block_cache_bytes) : may_open.error();
}

Status check_both(const std::string& folder) {
  for (const char* database : {kJournal, kTables}) {
    const Result<bool> there = Database::is_in(folder + database);
    if (!there || !*there) {
      return there ? missing(folder + database) : there.error();
    }
  }
  return {};
}

}  // namespace etymon::store

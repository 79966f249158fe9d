// Salvaged tables: what can be read of damaged tables, in tables of its own.
//
// A table that RocksDB can read to its end is read by it. The others file by file (table_walk.h),
// by the list in the newest manifest, or, where that cannot be read, all that are in the folder; a
// file does not say which rows of older files were removed, so such rows come back. The old folder
// is only read. Rows are copied as they are; whether they agree is not looked at. Blocking, one
// thread.
#pragma once

#include <rocksdb/env.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "store/tables/forget_log.h"
#include "store/tables/kept.h"
#include "store/tables/tables.h"
#include "store/upkeep/table_walk.h"

namespace etymon::store {

// What is known to be missing. Where nothing is known, all is taken to be missing.
struct TableLosses {
  bool everything = false;                   // nobody can say of any hour that it is whole
  bool deliveries = false;                   // some rows of `deliveries` were lost ...
  std::vector<std::pair<Hour, Hour>> hours;  // ... within these hours, first and last
  bool clients = false;                      // some rows of `by_client` were lost
  bool floors = false;                       // some rows of `kept` were lost
  bool position = false;  // what is folded of the journal may be more than is known
  bool repeats = false;   // rows may have been read twice, from old and new files
  bool unlisted = false;  // no list says which files there were: others may be gone

  // So others are to be asked what was in `deliveries`.
  bool may_lack_deliveries() const { return deliveries || everything || unlisted; }
};

class SalvagedTables {
 public:
  // `from`: the folder of the old tables. `scratch`: a folder to be made. Errors: as the disk says.
  // REQUIRES: no database is open (child.h).
  static Result<std::unique_ptr<SalvagedTables>> read(const std::string& from,
                                                      const std::string& scratch,
                                                      rocksdb::Env& env);

  const Tables& tables() const { return *tables_; }
  const TableLosses& losses() const { return losses_; }
  // The highest position in the journal that was found; 0: none.
  Sequence position() const { return position_; }
  // The highest floors that were found.
  const Kept& kept() const { return kept_; }
  // What was forgotten, and what was being forgotten.
  const ForgetLog& forgotten() const { return forgotten_; }

 private:
  struct Listed {  // in the manifest
    Table table;
    std::string first_key;
    std::string last_key;
  };
  using List = std::map<std::string, Listed>;  // by the file's name: "000012.sst"
  struct File {
    std::string path;
    std::optional<Listed> listed;
    bool survives = false;  // a child could read it
  };

  SalvagedTables() = default;
  Status read_all(const std::string& from, const std::string& scratch, rocksdb::Env& env);
  static Result<std::optional<List>> list_files(const std::string& view, rocksdb::Env& env);
  Status find_whole_tables(const std::string& view);
  Status read_whole_tables(const std::string& view, rocksdb::Env& env);
  Result<std::vector<File>> files_to_read(const std::string& from,
                                          const std::optional<List>& listed);
  Status read_file(const File& file);
  Status copy(const TableWalk& walk, Table table, const std::optional<Listed>& listed);
  void take_kept(std::string_view key, std::string_view value);
  void take(std::string_view key, std::string_view value, TableFile& file);
  Status take_in(TableFile& file);
  void note_lost(Table table, const LostRange& lost, const std::optional<Listed>& listed);

  std::unique_ptr<Tables> tables_;
  rocksdb::Options reading_;
  std::set<Table> whole_;  // can be read to their end
  TableLosses losses_;
  Sequence position_ = 0;
  Kept kept_;
  ForgetLog forgotten_;
};

}  // namespace etymon::store

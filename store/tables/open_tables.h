// Open tables: the tables' database as it was opened once.
//
// After a failure the tables are opened anew, in another one of these (Tables::mend()). Whoever
// reads holds the one it began with, shared: it goes on telling what it told, and is closed when
// nobody reads it any more. Any thread. Private to store/ and its tests.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/iterator.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "store/files/database.h"
#include "store/files/fenced_files.h"
#include "store/tables/compaction_watch.h"
#include "store/tables/kept_filter.h"

namespace etymon::store {

enum class Table : uint8_t {
  kAnswers,
  kAnswerIds,
  kDeliveries,
  kByAddress,
  kByName,
  kByClient,
  kKept
};
inline constexpr size_t kTableCount = 7;

const char* name_of(Table table);

// The tables in their order, with how each of them is stored.
std::vector<ColumnFamily> table_families(const std::shared_ptr<rocksdb::Cache>& cache,
                                         const std::shared_ptr<const KeptOnDisk>& kept);

class OpenTables {
 public:
  // `files`: of nobody else.
  static Result<std::shared_ptr<const OpenTables>> open(const std::string& path,
                                                        std::shared_ptr<FencedFiles> files,
                                                        const std::vector<ColumnFamily>& families);

  rocksdb::DB& db() const { return database_->db(); }
  rocksdb::ColumnFamilyHandle* family(Table table) const {
    return database_->family(static_cast<size_t>(table));
  }

  // Reads a table up to `end`, which must outlive the iterator, as must this. One iterator is one
  // consistent view; several are with a TablesSnapshot.
  std::unique_ptr<rocksdb::Iterator> scan(Table table, const rocksdb::Slice& end) const;
  std::unique_ptr<rocksdb::Iterator> scan(Table table, rocksdb::Slice&& end) const = delete;

  // A number that RocksDB keeps of a table.
  uint64_t figure(Table table, const char* property) const;

  // Nothing more can be written: something could not be, or RocksDB gave up.
  bool has_failed() const { return watch_->has_stopped() || !files_->failure().ok(); }
  // Why a table could not be compacted, since it was opened: a block of it cannot be read.
  std::optional<Error> unreadable(Table table) const;
  // Nothing more is written.
  void give_up() const { files_->put_up(); }

 private:
  explicit OpenTables(std::shared_ptr<FencedFiles> files);

  const std::shared_ptr<FencedFiles> files_;
  const std::unique_ptr<rocksdb::Env> env_;
  const std::shared_ptr<CompactionWatch> watch_;
  std::unique_ptr<Database> database_;
};
using OpenTablesPtr = std::shared_ptr<const OpenTables>;

// All tables as they are at one moment. One thread.
class TablesSnapshot {
 public:
  // `state`: of the tables, which each change of them counts on.
  TablesSnapshot(OpenTablesPtr tables, uint64_t state);
  ~TablesSnapshot();
  TablesSnapshot(const TablesSnapshot&) = delete;
  TablesSnapshot& operator=(const TablesSnapshot&) = delete;

  const OpenTables& tables() const { return *tables_; }
  const OpenTablesPtr& opened() const { return tables_; }
  const rocksdb::Snapshot* get() const { return snapshot_; }
  uint64_t state() const { return state_; }

  // As OpenTables::scan().
  std::unique_ptr<rocksdb::Iterator> scan(Table table, const rocksdb::Slice& end) const;
  std::unique_ptr<rocksdb::Iterator> scan(Table table, rocksdb::Slice&& end) const = delete;

 private:
  const OpenTablesPtr tables_;
  const rocksdb::Snapshot* const snapshot_;
  const uint64_t state_;
};

}  // namespace etymon::store

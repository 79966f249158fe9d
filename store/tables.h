// Tables: the folded past in RocksDB, one column family for each order in which it is read.
//
// Written only by whole files at once (ingest), read by any thread at any time. FORMAT.md lists the
// tables. All files of a fold appear together, with the journal position that they reach up to.
#pragma once

#include <rocksdb/sst_file_writer.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/delivery.h"
#include "store/careful_files.h"
#include "store/database.h"
#include "store/journal_database.h"
#include "store/kept.h"
#include "store/kept_filter.h"
#include "store/keys.h"

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

// Begins a key of `kept`, behind all others, that means nothing (Tables::fill_manifest).
inline constexpr char kFillerKey = 5;

// A sorted file on its way into a table. One thread. Removed with the object unless ingested.
class TableFile {
 public:
  TableFile(Table table, std::string path, const rocksdb::Options& options);
  ~TableFile();
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;

  // REQUIRES: keys in strictly rising order. Values of kAnswers replace, all others add. An error
  // stays and is told by finish().
  void add(std::string_view key, std::string_view value);
  // Replaces, in any table.
  void replace(std::string_view key, std::string_view value);
  void remove(std::string_view key);
  Status finish();

  bool is_empty() const { return rows_ == 0; }
  Table table() const { return table_; }
  const std::string& path() const { return path_; }

 private:
  void open_once();

  const Table table_;
  const std::string path_;
  rocksdb::SstFileWriter writer_;
  rocksdb::Status status_;
  uint64_t rows_ = 0;
};

class Tables {
 public:
  static Result<std::unique_ptr<Tables>> open(const std::string& path, rocksdb::Env& env,
                                              size_t block_cache_bytes);

  // Everything up to and including this entry of the journal is in the tables.
  Result<Sequence> folded_up_to() const;

  // The highest number of a stored answer; 0: none.
  Result<AnswerId> last_answer() const;

  // The bytes of an answer (answer_codec.h). Error: kNotFound, or as the disk says.
  Result<std::string> answer(AnswerId id) const;

  // The number under which these bytes are stored, if they are.
  Result<std::optional<AnswerId>> id_of(uint64_t hash, std::string_view answer) const;

  // The value of a row, if there is one.
  Result<std::optional<std::string>> get(Table table, const std::string& key) const;
  // Rows of several tables take these values, or go: all of it or nothing. Folder's thread.
  using RowValues = std::map<std::string, std::optional<std::string>>;
  Status put(const std::vector<std::pair<Table, const RowValues*>>& rows);

  // All ids of a hash, by its key.
  Result<std::vector<AnswerId>> ids_of(const std::string& hash_key) const;

  // Reads a table up to `end`, which must outlive the iterator. One iterator is one consistent
  // view; several are with a snapshot.
  std::unique_ptr<rocksdb::Iterator> scan(Table table, const rocksdb::Slice& end,
                                          const rocksdb::Snapshot* snapshot = nullptr) const;

  // All tables as they are now: a fold is in all of them or in none. Releases itself.
  std::shared_ptr<const rocksdb::Snapshot> snapshot() const;

  std::unique_ptr<TableFile> new_file(Table table) const;

  // All of it or nothing, also when the process dies here. After an error the next call first
  // brings RocksDB back to work. REQUIRES: finished, not empty files.
  Status ingest(const std::vector<const TableFile*>& files);

  // What is kept. Whoever opened an iterator before this call finds in it every row that is.
  KeptPtr kept() const { return *kept_.lock(); }
  // From here on nothing older is told; once that is on the disk, older rows go when RocksDB
  // rewrites them. `purged`: whether all of them are gone by now. Folder's thread. An error leaves
  // the rows; call again later. REQUIRES: no floor lower than it was, unless no row is left of that
  // client before it.
  Status keep(const Kept& kept, Hour purged);
  // The floor for all from before which every row was gone when it was last looked after.
  Hour purged() const { return purged_; }

  // Octets of the files that hold the present rows, and some that are to go.
  uint64_t live_bytes() const;
  // Removes the files of `deliveries` that hold nothing but older hours.
  Status drop_files_before(Hour hour);
  // Keys at which a table can be cut into pieces of about `octets` each.
  std::vector<std::string> cut_points(Table table, uint64_t octets) const;
  // Rewrites a table from `first` up to and including `last` (empty: from its start, to its end).
  // Error kUnavailable: `stop` was set meanwhile.
  Status rewrite(Table table, const KeyRange& piece, std::atomic<bool>& stop);

  // For forgetting. The number of the last write, and whether somebody may still read the tables as
  // they were at that write or before.
  uint64_t last_write() const { return database_->db().GetLatestSequenceNumber(); }
  bool is_seen_as_before(uint64_t write) const;
  // With the next change but one the manifest begins anew; the present one names the first and the
  // last key of each file, also of those that are gone. Folder's thread.
  Status fill_manifest();
  // As database.h has it.
  Result<bool> remove_older_files();
  // Of the files, about.
  uint64_t octets_of(Table table, const KeyRange& range) const;

  // For store/upkeep, which reads all of it.
  rocksdb::DB& db() const { return database_->db(); }
  rocksdb::ColumnFamilyHandle* family(Table table) const {
    return database_->family(static_cast<size_t>(table));
  }

  uint64_t answer_count() const;
  uint64_t size_of(Table table) const;  // octets on disk

  // Brings everything into its final, smallest form; for measuring.
  Status compact();
  // No compression from now on; for tests. Before anything is folded.
  Status write_plainly();

 private:
  Tables(std::string path, rocksdb::Env& env);
  Status load_kept();

  const std::string path_;
  const std::string scratch_;  // folder of files not yet ingested
  const std::shared_ptr<CarefulFiles> files_;
  const std::unique_ptr<rocksdb::Env> env_;
  rocksdb::Options file_options_[kTableCount];
  const std::shared_ptr<KeptOnDisk> kept_on_disk_ = std::make_shared<KeptOnDisk>();
  Guarded<KeptPtr> kept_{std::make_shared<const Kept>()};
  Hour purged_ = 0;  // folder's thread
  std::unique_ptr<Database> database_;
  mutable std::mutex ingesting_;  // held during ingest(), and while a snapshot is taken
};

const char* name_of(Table table);

// Key of `answer_ids`.
std::string answer_hash_key(uint64_t hash);

}  // namespace etymon::store

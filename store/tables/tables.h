// Tables: the folded past in RocksDB, one column family for each order in which it is read.
//
// Written only by whole files at once (ingest), by one thread, which folds; read by any thread at
// any time. FORMAT.md lists the tables. All files of a fold appear together, with the journal
// position that they reach up to.
//
// A database that has failed to write is not brought back to work: mend() opens another in its
// place (fenced_files.h says why). Readers notice nothing of it.
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
#include "store/files/fenced_files.h"
#include "store/files/meter.h"
#include "store/tables/address_rows.h"
#include "store/tables/kept.h"
#include "store/tables/kept_filter.h"
#include "store/tables/keys.h"
#include "store/tables/open_tables.h"
#include "store/tables/row_cache.h"

namespace etymon::store {

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
  const std::string& first_key() const { return first_key_; }
  const std::string& path() const { return path_; }

 private:
  void open_once(std::string_view key);

  const Table table_;
  const std::string path_;
  rocksdb::SstFileWriter writer_;
  rocksdb::Status status_;
  std::string first_key_;
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

  // The latest hour of which there are deliveries; nothing: there are none.
  Result<std::optional<Hour>> last_hour() const;

  // The bytes of an answer (answer_codec.h). Error: kNotFound, or as the disk says.
  Result<std::string> answer(AnswerId id) const;

  // The number under which these bytes are stored, if they are.
  Result<std::optional<AnswerId>> id_of(uint64_t hash, std::string_view answer) const;

  // The runs (runs.h) that stand under one key; empty: there is none.
  Result<std::string> deliveries(const DeliveryKey& key) const;
  // The value of a row, if there is one.
  Result<std::optional<std::string>> row(Table table, std::string_view key) const;
  // Rows of several tables take these values, or go: all of it or nothing. Fold thread.
  using RowValues = std::map<std::string, std::optional<std::string>>;
  Status put(const std::vector<std::pair<Table, const RowValues*>>& rows);

  // All ids of a hash, by its key.
  Result<std::vector<AnswerId>> ids_of(const std::string& hash_key) const;

  // For whoever reads more than a row: holds what it reads.
  OpenTablesPtr opened() const { return *opened_.lock(); }

  // The rows of `by_address`, for one lookup, with every change up to now; any thread. Who has read
  // them gives them back. Waits for an ingest only where none are at hand. Error: as the disk says.
  Result<AddressRowsPtr> address_rows() const {
    return address_rows_.take([this] { return snapshot(); });
  }
  void give_back(AddressRowsPtr rows) const { address_rows_.give_back(std::move(rows)); }
  // Of what they read.
  RowCache& row_cache() const { return row_cache_; }

  // All tables as they are now: a fold is in all of them or in none.
  std::shared_ptr<const TablesSnapshot> snapshot() const;

  std::unique_ptr<TableFile> new_file(Table table) const;

  // All of it or nothing, also when the process dies here. After an error it is open which of the
  // two, until mend(). Rows that cannot be read are in nobody's way; damage() tells of them.
  // REQUIRES: finished, not empty files.
  Status ingest(const std::vector<const TableFile*>& files);

  // Opens the tables anew if anything could not be written to them, and lets go of what was held
  // for readers; fold thread, every second. An error leaves them as they are, to be read only;
  // try again later. A table that cannot be compacted, because a block of it is damaged, is no such
  // failure: it is left as it is until the store is opened again, and damage() tells of it.
  Status mend();
  // What is wrong with the first table of which that was found; empty: nothing is known to be. Any
  // thread.
  std::string damage() const { return *damage_.lock(); }

  // What is kept. Whoever opened an iterator before this call finds in it every row that is.
  KeptPtr kept() const { return *kept_.lock(); }
  // From here on nothing older is told; once that is on the disk, older rows go when RocksDB
  // rewrites them. `purged`: whether all of them are gone by now. Fold thread. An error leaves
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

  // Of the octets of a table, those that have not come to rest: 0 .. 1. They lie above the deepest
  // level that it has, and are searched besides the rest.
  double restless_share(Table table) const;
  // Has RocksDB move them down, by a level, on its own threads; does not wait for that.
  void bring_to_rest(Table table);

  // For forgetting, on the fold thread. The number of the last write, and whether somebody may
  // still read the tables as they were at that write or before, or RocksDB write them so.
  uint64_t last_write() const { return opened()->db().GetLatestSequenceNumber(); }
  bool is_seen_as_before(uint64_t write) const;
  // With the next change but one the manifest begins anew; the present one names the first and the
  // last key of each file, also of those that are gone.
  Status fill_manifest();
  // As database.h has it.
  Result<bool> remove_older_files();
  // Of the files, about.
  uint64_t octets_of(Table table, const KeyRange& range) const;

  uint64_t answer_count() const;

  // A copy of what is in them now. Any thread. Errors: kIo, or kUnavailable (stopped).
  Status copy(const std::string& path, Meter& meter) const;

  // Brings everything into its final, smallest form; for measuring.
  Status compact();
  // No compression from now on; for tests. Before anything is folded.
  Status write_plainly();

 private:
  Tables(std::string path, rocksdb::Env& env, size_t block_cache_bytes);
  void remove_empty_logs();
  Status open_anew();
  using Parts = std::vector<rocksdb::IngestExternalFileArg>;
  Parts parts_of(const OpenTables& tables, const std::vector<const TableFile*>& files) const;
  Status ingest_parts(const OpenTablesPtr& tables, const Parts& parts);
  bool is_unreadable(const OpenTables& tables, const Error& error) const;
  Status ingest_on_top(const OpenTablesPtr& tables, const std::vector<const TableFile*>& files);
  std::unique_ptr<TableFile> file_named(const std::string& name, Table table) const;
  void note_damage(const Error& why);
  void note_change();
  void close_replaced();
  void spare_unreadable(const OpenTables& tables);
  Status load_kept(const OpenTables& tables);
  rocksdb::Status get(Table table, std::string_view key, std::string& value) const;

  const std::string path_;
  const std::string scratch_;  // folder of files not yet ingested
  rocksdb::Env& env_;
  const std::shared_ptr<FolderLock> lock_ = std::make_shared<FolderLock>();
  const std::shared_ptr<KeptOnDisk> kept_on_disk_ = std::make_shared<KeptOnDisk>();
  std::vector<ColumnFamily> families_;
  Guarded<KeptPtr> kept_{std::make_shared<const Kept>()};
  Guarded<std::string> damage_;
  Hour purged_ = 0;  // fold thread
  Guarded<OpenTablesPtr> opened_;
  std::vector<OpenTablesPtr> replaced_;  // fold thread: those that somebody may still be reading
  mutable AddressRowsPool address_rows_;
  mutable RowCache row_cache_;
  mutable std::mutex ingesting_;  // held while the tables change, and while a snapshot is taken
  uint64_t state_ = 0;            // counts the changes; with ingesting_
};

// Key of `answer_ids`.
std::string answer_hash_key(uint64_t hash);

}  // namespace etymon::store

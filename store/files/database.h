// Database: what our two RocksDB databases have in common - opening, options, errors in our words.
//
// Private to store/. RocksDB throws nothing; its Status becomes ours in to_status() alone.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"

namespace etymon::store {

inline rocksdb::Slice to_slice(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view to_view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// `what`: what was being done, to which folder.
Status to_status(const rocksdb::Status& status, std::string_view what);

// Who is about to read much calls it. RocksDB counts for each thread what its iterators do at each
// step, by default, and nobody here looks at that.
void count_no_steps_in_this_thread();

struct ColumnFamily {
  std::string name;
  rocksdb::ColumnFamilyOptions options;
};

// An open database. Closing it releases RocksDB's lock on the folder. Thread-safe as RocksDB is.
class Database {
 public:
  // Opens or creates; RocksDB's own `default` family is there but stays empty. Errors as
  // Store::open(), and kDataLoss: what is left of a database that was there is no place for a new
  // one. Nothing is touched then.
  static Result<std::unique_ptr<Database>> open(const rocksdb::DBOptions& options,
                                                const std::string& path,
                                                std::span<const ColumnFamily> families);
  // Opens what is there to read it, and changes nothing; not all families need be given. A file
  // that is missing or damaged does not keep it from being opened: reading what was in it fails.
  static Result<std::unique_ptr<Database>> open_to_read(const rocksdb::DBOptions& options,
                                                        const std::string& path,
                                                        std::span<const ColumnFamily> families);
  // Looks whether open() would find a file missing or the list of files damaged; changes nothing.
  // Where there is nothing at all, all is well.
  static Status check(const rocksdb::DBOptions& options, const std::string& path);
  // Whether there is one for RocksDB: the folder has a file CURRENT. Errors: kPermissionDenied,
  // kIo.
  static Result<bool> is_in(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() const { return *db_; }
  // The families in the order in which they were given to open().
  rocksdb::ColumnFamilyHandle* family(size_t index) const { return families_[index + 1]; }

 private:
  Database() = default;
  rocksdb::DB* db_ = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // the default family first
};

// Beyond it RocksDB begins a new manifest with the next change.
inline constexpr uint64_t kManifestOctetsMax = 4 << 20;

// Options of both: no log of RocksDB's own, few files, no statistics threads.
rocksdb::DBOptions common_options(rocksdb::Env& env);

// Of a database that is open: removes files of its folder that are no longer part of it, older
// tables, logs and manifests, as far as nobody reads them and no backup is being made. True: none
// is left. RocksDB removes them by itself, but not at once.
Result<bool> remove_older_files(rocksdb::DB& db, const std::string& path);

}  // namespace etymon::store

// Backup: a consistent copy of a running store. The way back is restore() (closed_store.h).
//
// A backup is itself a store folder. Its two databases are copied one after the other, the journal
// first. An entry of the journal that is folded between the two copies is then in both; whoever
// opens the backup ignores it in the journal, because the tables say how far they reach. The other
// way round, an entry folded in between could be in neither: the tables were copied before it, and
// the journal forgets what is folded. What is recorded in between is in the tables at most, behind
// the end of the coverage, where it promises nothing. Nothing is forgotten in between (the store
// sees to that): the journal would still cover hours that are gone from the tables.
//
// Files that never change are linked, not copied, where the file system can do that (RocksDB's
// Checkpoint does the same, but tells nothing of how far it is and cannot be stopped). A backup
// appears under its name when it is whole and on the disk.
#pragma once

#include <rocksdb/db.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "store/upkeep/meter.h"

namespace etymon::store {

// Whether the logs are written into tables first, or copied as they are.
enum class Logs : uint8_t { kFlush, kCopy };

// One file of a database as it is at one moment.
struct HeldFile {
  rocksdb::LiveFileStorageInfo info;
  std::unique_ptr<rocksdb::SequentialFile> opened;  // nothing: by its name
};
using HeldFiles = std::vector<HeldFile>;

// The files of the database as it is now, all of them open: whatever becomes of the database, they
// can be copied. Takes as many descriptors.
Result<HeldFiles> hold_files(rocksdb::DB& database, rocksdb::Env& env, Logs logs);

// Writes them to files of `env`. `path` must not exist; its parent must. Error kUnavailable:
// stopped.
Status copy_files(HeldFiles files, rocksdb::Env& env, const std::string& path, Meter& meter);

// A copy of the database as it is now; as copy_files(). REQUIRES: it stays open.
Status copy_database(rocksdb::DB& database, rocksdb::Env& env, const std::string& path, Logs logs,
                     Meter& meter);

using CopyDatabase = std::function<Status(const std::string& path, Meter& meter)>;

// The two databases of a store.
struct Sources {
  CopyDatabase journal;
  CopyDatabase tables;
};

// Errors: kAlreadyExists (the folder, or FOLDER.partial: a backup is under way or did not end),
// kNotFound (there is no folder above it), kInvalidArgument (a name is too long), kPermissionDenied
// (it cannot be made), kUnavailable (stopped), and as the disk says.
// REQUIRES: the folder is not inside the store.
Status write_backup(const std::string& folder, const Sources& sources, Meter& meter);

}  // namespace etymon::store

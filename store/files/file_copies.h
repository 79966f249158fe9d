// File copies: the files of an open database as they are at one moment, in another folder.
//
// Files that never change are linked, not copied, where the file system can do that (RocksDB's
// Checkpoint does the same, but tells nothing of how far it is and cannot be stopped). Any thread.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "store/files/meter.h"

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

}  // namespace etymon::store

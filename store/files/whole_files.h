// Whole files: RocksDB's file system, in which the tables of one folder are read from beginning to
// end when they are opened, and from memory after that.
//
// For files on their way into a database. RocksDB (7.8.3) looks for the first and the last key of
// such a file without asking whether it could be read: where the disk failed in that moment, it
// takes the file into its deepest level as one that holds no keys, or ends the process. So whatever
// fails has to fail before, when the file is opened, which it does ask. One file is open at a time,
// so the memory is that of the largest.
//
// Thread-safe. Private to store/.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <string>
#include <utility>

namespace etymon::store {

class WholeFiles final : public rocksdb::FileSystemWrapper {
 public:
  WholeFiles(const std::shared_ptr<rocksdb::FileSystem>& base, std::string folder)
      : FileSystemWrapper(base), inside_(std::move(folder) + "/") {}

  const char* Name() const override { return "etymon.WholeFiles"; }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;

 private:
  const std::string inside_;
};

}  // namespace etymon::store

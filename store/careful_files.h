// Careful files: RocksDB's file system, but a failed ingest deletes nothing.
//
// When ingesting fails as its record in the manifest is being synced, RocksDB deletes the files
// again although the record may have reached the disk; the next start would then miss them and
// refuse the database. Kept, they make that start either see the whole ingest or remove them as
// left-overs. Private to store/.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace etymon::store {

class CarefulFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit CarefulFiles(const std::shared_ptr<rocksdb::FileSystem>& base)
      : FileSystemWrapper(base) {}

  const char* Name() const override { return "etymon.CarefulFiles"; }

  // From here on, deletions by the calling thread are put off.
  void begin();
  // They are carried out now, or never.
  void end_and_delete();
  void end_and_keep();

  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  std::mutex mutex_;
  std::thread::id careful_;  // the thread that is between begin() and end
  std::vector<std::string> put_off_;
};

}  // namespace etymon::store

// Log watch: RocksDB's file system for the journal, where a log that fails is told to us alone.
//
// After a log failed to be written or synced, RocksDB, built with assertions, ends the process when
// it is synced again; and a flush in the background, which syncs closed logs, tells nobody that it
// failed. No order of calls closes that race from outside. So here RocksDB never learns of it: from
// the first failure on nothing more reaches any log, every call says it went well, and failure()
// tells. Whoever writes asks it after each write, and opens the database again, which reads what
// did reach the logs. Files other than logs are as they are. Thread-safe. Private to store/.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <mutex>
#include <string>

namespace etymon::store {

class LogWatch final : public rocksdb::FileSystemWrapper {
 public:
  explicit LogWatch(const std::shared_ptr<rocksdb::FileSystem>& base)
      : FileSystemWrapper(base), state_(std::make_shared<State>()) {}

  const char* Name() const override { return "etymon.LogWatch"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;

  // The first failure; OK: none.
  rocksdb::IOStatus failure() const { return state_->failure(); }

 private:
  class Log;

  class State {
   public:
    rocksdb::IOStatus failure() const {
      const std::lock_guard lock(mutex_);
      return failure_;
    }
    void note(const rocksdb::IOStatus& status) {
      const std::lock_guard lock(mutex_);
      failure_ = failure_.ok() ? status : failure_;
    }

   private:
    mutable std::mutex mutex_;
    rocksdb::IOStatus failure_;
  };

  const std::shared_ptr<State> state_;
};

}  // namespace etymon::store

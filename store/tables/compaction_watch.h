// Compaction watch: hears what RocksDB could not do in the background, and says what follows.
//
// Where a block is damaged, the compaction that comes to it fails, and RocksDB would have nothing
// written to any table from then on. Opened anew, it would begin with the same compaction. But
// nothing is lost by it that could still be read, and folds do not need it: so the database goes
// on, and it is noted which table cannot be compacted. All other failures are of writing, and stop
// the database.
//
// RocksDB calls it on threads of its own; ask on any thread. Private to store/.
#pragma once

#include <rocksdb/listener.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "resolver/base/guarded.h"
#include "store/files/fenced_files.h"

namespace etymon::store {

class CompactionWatch final : public rocksdb::EventListener {
 public:
  // `files`: those of the database.
  explicit CompactionWatch(std::shared_ptr<const FencedFiles> files) : files_(std::move(files)) {}

  // RocksDB writes nothing any more.
  bool has_stopped() const { return has_stopped_; }
  // By the name of its column family: what the first compaction met that could not read it.
  std::map<std::string, rocksdb::Status> unreadable() const { return *unreadable_.lock(); }

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& job) override;

 private:
  const std::shared_ptr<const FencedFiles> files_;
  std::atomic<bool> has_stopped_{false};
  Guarded<std::map<std::string, rocksdb::Status>> unreadable_;
};

}  // namespace etymon::store

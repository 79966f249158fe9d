#include "store/tables/compaction_watch.h"

namespace etymon::store {
namespace {

bool is_of_reading(const rocksdb::Status& status, const FencedFiles& files) {
  return (status.IsCorruption() || status.IsIOError()) && files.failure().ok();
}

}  // namespace

void CompactionWatch::OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                                        rocksdb::Status* error) {
  const bool is_compaction = reason == rocksdb::BackgroundErrorReason::kCompaction;
  if (is_compaction && is_of_reading(*error, *files_)) {
    *error = rocksdb::Status::OK();
  } else {
    has_stopped_ = true;
  }
}

void CompactionWatch::OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& job) {
  if (is_of_reading(job.status, *files_)) {
    unreadable_.lock()->try_emplace(job.cf_name, job.status);
  }
}

}  // namespace etymon::store

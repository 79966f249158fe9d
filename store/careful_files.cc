#include "store/careful_files.h"

#include <utility>

namespace etymon::store {

void CarefulFiles::begin() {
  const std::lock_guard lock(mutex_);
  careful_ = std::this_thread::get_id();
}

void CarefulFiles::end_and_delete() {
  std::vector<std::string> paths;
  {
    const std::lock_guard lock(mutex_);
    careful_ = {};
    paths = std::exchange(put_off_, {});
  }
  for (const std::string& path : paths) {
    // A file that stays behind is removed at the next start.
    target()->DeleteFile(path, {}, nullptr).PermitUncheckedError();
  }
}

void CarefulFiles::end_and_keep() {
  const std::lock_guard lock(mutex_);
  careful_ = {};
  put_off_.clear();
}

rocksdb::IOStatus CarefulFiles::DeleteFile(const std::string& path,
                                           const rocksdb::IOOptions& options,
                                           rocksdb::IODebugContext* debug) {
  {
    const std::lock_guard lock(mutex_);
    if (careful_ == std::this_thread::get_id()) {
      put_off_.push_back(path);
      return rocksdb::IOStatus::OK();
    }
  }
  return target()->DeleteFile(path, options, debug);
}

}  // namespace etymon::store

#include "store/files/fenced_files.h"

#include <utility>

namespace etymon::store {
namespace {

using rocksdb::IOStatus;

// Without the codes that make RocksDB do something about it, but in the same words.
IOStatus plain(const IOStatus& failed) {
  if (failed.ok()) {
    return failed;
  }
  const std::string words = failed.getState() == nullptr ? "" : failed.getState();
  return failed.IsNoSpace() ? IOStatus::IOError("No space left on device", words)
                            : IOStatus::IOError(words);
}

bool is_log(const std::string& path) {
  return path.ends_with(".log");
}

bool is_table(const std::string& path) {
  return path.ends_with(".sst");
}

}  // namespace

// ---- The lock.

IOStatus FolderLock::acquire(rocksdb::FileSystem& files, const std::string& path,
                             rocksdb::FileLock** lock) {
  const std::lock_guard guard(mutex_);
  if (holders_ == 0) {
    const IOStatus locked = files.LockFile(path, {}, &lock_, nullptr);
    if (!locked.ok()) {
      return locked;
    }
  }
  ++holders_;
  *lock = lock_;
  return IOStatus::OK();
}

IOStatus FolderLock::release(rocksdb::FileSystem& files) {
  const std::lock_guard guard(mutex_);
  return --holders_ == 0 ? files.UnlockFile(std::exchange(lock_, nullptr), {}, nullptr)
                         : IOStatus::OK();
}

bool FolderLock::is_shared() const {
  const std::lock_guard guard(mutex_);
  return holders_ > 1;
}

// ---- The fence.

IOStatus FencedFiles::Fence::failure() const {
  if (!is_up_) {
    return IOStatus::OK();
  }
  const std::lock_guard lock(mutex_);
  return failure_;
}

// That a file system cannot do something is no failure: RocksDB does it in another way then.
void FencedFiles::Fence::note(const IOStatus& status) {
  if (status.ok() || status.IsNotSupported()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  failure_ = is_up_ ? failure_ : status;
  is_up_ = true;
}

void FencedFiles::Fence::put_up() {
  note(IOStatus::IOError("this database was given up"));
  const std::unique_lock passed(passing_);
}

template <class Change>
IOStatus FencedFiles::Fence::pass(const Change& change) {
  const std::shared_lock passing(passing_);
  if (is_up_) {
    return plain(failure());
  }
  const IOStatus done = change();
  note(done);
  return done.IsNotSupported() ? done : plain(done);
}

// ---- Files.

class FencedFiles::File : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Fence> fence)
      : FSWritableFileOwnerWrapper(std::move(file)), fence_(std::move(fence)) {}

  IOStatus Append(const rocksdb::Slice& data, const Options& options, Debug* debug) override {
    return change([&] { return target()->Append(data, options, debug); });
  }
  IOStatus Append(const rocksdb::Slice& data, const Options& options,
                  const rocksdb::DataVerificationInfo& info, Debug* debug) override {
    return change([&] { return target()->Append(data, options, info, debug); });
  }
  IOStatus PositionedAppend(const rocksdb::Slice& data, uint64_t offset, const Options& options,
                            Debug* debug) override {
    return change([&] { return target()->PositionedAppend(data, offset, options, debug); });
  }
  IOStatus PositionedAppend(const rocksdb::Slice& data, uint64_t offset, const Options& options,
                            const rocksdb::DataVerificationInfo& info, Debug* debug) override {
    return change([&] { return target()->PositionedAppend(data, offset, options, info, debug); });
  }
  IOStatus Truncate(uint64_t size, const Options& options, Debug* debug) override {
    return change([&] { return target()->Truncate(size, options, debug); });
  }
  IOStatus Flush(const Options& options, Debug* debug) override {
    return change([&] { return target()->Flush(options, debug); });
  }
  IOStatus Sync(const Options& options, Debug* debug) override {
    return change([&] { return target()->Sync(options, debug); });
  }
  IOStatus Fsync(const Options& options, Debug* debug) override {
    return change([&] { return target()->Fsync(options, debug); });
  }
  IOStatus RangeSync(uint64_t offset, uint64_t octets, const Options& options,
                     Debug* debug) override {
    return change([&] { return target()->RangeSync(offset, octets, options, debug); });
  }
  // The descriptor is given back in any case.
  IOStatus Close(const Options& options, Debug* debug) override {
    const IOStatus closed = target()->Close(options, debug);
    fence_->note(closed);
    return tell(closed);
  }

 protected:
  virtual IOStatus tell(const IOStatus& outcome) const { return plain(outcome); }

 private:
  template <class Change>
  IOStatus change(const Change& made) {
    return tell(fence_->pass(made));
  }

  const std::shared_ptr<Fence> fence_;
};

class FencedFiles::Log final : public File {
 public:
  using File::File;

 private:
  IOStatus tell(const IOStatus&) const override { return IOStatus::OK(); }
};

class FencedFiles::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(std::unique_ptr<rocksdb::FSDirectory> folder, std::shared_ptr<Fence> fence)
      : FSDirectoryWrapper(std::move(folder)), fence_(std::move(fence)) {}

  IOStatus Fsync(const Options& options, Debug* debug) override {
    return fence_->pass([&] { return FSDirectoryWrapper::Fsync(options, debug); });
  }
  IOStatus FsyncWithDirOptions(const Options& options, Debug* debug,
                               const rocksdb::DirFsyncOptions& how) override {
    return fence_->pass(
        [&] { return FSDirectoryWrapper::FsyncWithDirOptions(options, debug, how); });
  }

 private:
  const std::shared_ptr<Fence> fence_;
};

FencedFiles::FencedFiles(const std::shared_ptr<rocksdb::FileSystem>& base,
                         std::shared_ptr<FolderLock> lock)
    : FileSystemWrapper(base), lock_(std::move(lock)) {}

void FencedFiles::wrap(const std::string& path,
                       std::unique_ptr<rocksdb::FSWritableFile>& file) const {
  if (is_log(path)) {
    file = std::make_unique<Log>(std::move(file), fence_);
  } else {
    file = std::make_unique<File>(std::move(file), fence_);
  }
}

IOStatus FencedFiles::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      Debug* debug) {
  const IOStatus made =
      fence_->pass([&] { return target()->NewWritableFile(path, options, file, debug); });
  if (made.ok()) {
    wrap(path, *file);
  }
  return made;
}

IOStatus FencedFiles::ReopenWritableFile(const std::string& path,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                                         Debug* debug) {
  const IOStatus made =
      fence_->pass([&] { return target()->ReopenWritableFile(path, options, file, debug); });
  if (made.ok()) {
    wrap(path, *file);
  }
  return made;
}

IOStatus FencedFiles::NewDirectory(const std::string& path, const Options& options,
                                   std::unique_ptr<rocksdb::FSDirectory>* folder, Debug* debug) {
  const IOStatus opened = target()->NewDirectory(path, options, folder, debug);
  if (opened.ok()) {
    *folder = std::make_unique<Folder>(std::move(*folder), fence_);
  }
  return opened;
}

IOStatus FencedFiles::CreateDir(const std::string& path, const Options& options, Debug* debug) {
  return fence_->pass([&] { return target()->CreateDir(path, options, debug); });
}

IOStatus FencedFiles::CreateDirIfMissing(const std::string& path, const Options& options,
                                         Debug* debug) {
  return fence_->pass([&] { return target()->CreateDirIfMissing(path, options, debug); });
}

IOStatus FencedFiles::RenameFile(const std::string& from, const std::string& to,
                                 const Options& options, Debug* debug) {
  return fence_->pass([&] { return target()->RenameFile(from, to, options, debug); });
}

// RocksDB gives a file the next number of which the manifest knows, and so perhaps that of one
// which a database that failed has left.
IOStatus FencedFiles::LinkFile(const std::string& from, const std::string& to,
                               const Options& options, Debug* debug) {
  return fence_->pass([&] {
    if (is_table(to) && target()->FileExists(to, options, debug).ok()) {
      target()->DeleteFile(to, options, debug).PermitUncheckedError();
    }
    return target()->LinkFile(from, to, options, debug);
  });
}

IOStatus FencedFiles::Truncate(const std::string& path, size_t size, const Options& options,
                               Debug* debug) {
  return fence_->pass([&] { return target()->Truncate(path, size, options, debug); });
}

// A file that stays behind harms nothing, and goes when RocksDB next looks for such.
IOStatus FencedFiles::DeleteFile(const std::string& path, const Options& options, Debug* debug) {
  if (is_table(path) && lock_->is_shared()) {
    return IOStatus::OK();
  }
  IOStatus deleted;
  fence_
      ->pass([&] {
        deleted = target()->DeleteFile(path, options, debug);
        return IOStatus::OK();
      })
      .PermitUncheckedError();
  return deleted;
}

IOStatus FencedFiles::LockFile(const std::string& path, const Options&, rocksdb::FileLock** lock,
                               Debug*) {
  return lock_->acquire(*target(), path, lock);
}

IOStatus FencedFiles::UnlockFile(rocksdb::FileLock*, const Options&, Debug*) {
  return lock_->release(*target());
}

}  // namespace etymon::store

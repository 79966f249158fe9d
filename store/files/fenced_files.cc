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

bool is_manifest(const std::string& path) {
  return path.substr(path.rfind('/') + 1).starts_with("MANIFEST-");
}

// Of a log, what is in it counts, whoever names it.
bool counts_by_name(const std::string& path) {
  return is_table(path) || is_manifest(path) || path.ends_with(".dbtmp");
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

// ---- Files that nothing names.

void FencedFiles::Unnamed::add(const std::string& path) {
  if (counts_by_name(path)) {
    const std::lock_guard lock(mutex_);
    paths_.insert(path);
  }
}

bool FencedFiles::Unnamed::drop(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return paths_.erase(path) > 0;
}

std::set<std::string> FencedFiles::Unnamed::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(paths_, {});
}

void FencedFiles::Unnamed::note_current() {
  const std::lock_guard lock(mutex_);
  is_current_ = true;
  paths_.clear();
}

void FencedFiles::Unnamed::note_manifest() {
  const std::lock_guard lock(mutex_);
  if (is_current_) {
    paths_.clear();
  }
}

void FencedFiles::put_up() {
  fence_->put_up();
  for (const std::string& path : unnamed_->take()) {
    target()->DeleteFile(path, {}, nullptr).PermitUncheckedError();
  }
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

// RocksDB writes its files by these two calls, unless it was told to write around the kernel.
class FencedFiles::Manifest final : public File {
 public:
  Manifest(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Fence> fence,
           std::shared_ptr<Unnamed> unnamed)
      : File(std::move(file), std::move(fence)), unnamed_(std::move(unnamed)) {}

  IOStatus Append(const rocksdb::Slice& data, const Options& options, Debug* debug) override {
    unnamed_->note_manifest();
    return File::Append(data, options, debug);
  }
  IOStatus Append(const rocksdb::Slice& data, const Options& options,
                  const rocksdb::DataVerificationInfo& info, Debug* debug) override {
    unnamed_->note_manifest();
    return File::Append(data, options, info, debug);
  }

 private:
  const std::shared_ptr<Unnamed> unnamed_;
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
  } else if (is_manifest(path)) {
    file = std::make_unique<Manifest>(std::move(file), fence_, unnamed_);
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
    unnamed_->add(path);
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
    if (is_manifest(path)) {
      unnamed_->note_current();
    }
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
  return fence_->pass([&] {
    static_cast<void>(unnamed_->drop(from));
    if (to.ends_with("/CURRENT")) {
      unnamed_->note_current();
    }
    return target()->RenameFile(from, to, options, debug);
  });
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

// A file that stays behind goes when RocksDB next looks for such. One that nothing can name is read
// by nobody, and goes in any case.
IOStatus FencedFiles::DeleteFile(const std::string& path, const Options& options, Debug* debug) {
  const bool is_unnamed = unnamed_->drop(path);
  if (is_unnamed && !failure().ok()) {
    return target()->DeleteFile(path, options, debug);
  }
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

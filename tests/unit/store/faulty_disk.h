// A disk that a test can slow down, fill up or break: RocksDB's file system with a switch.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace etymon::store {

// Thread-safe. Faults touch files whose path contains `where`.
class FaultyDisk {
 public:
  // kShortWrite: half of the octets arrive, then the write fails; kLateError: all of them do.
  // kKill: the process dies before the call.
  enum class Fault { kNone, kHang, kIoError, kNoSpace, kShortWrite, kLateError, kKill };

  FaultyDisk() : env_(rocksdb::NewCompositeEnv(std::make_shared<Files>(*this))) {}

  rocksdb::Env& env() { return *env_; }

  // Which calls: those that sync a file; those that change a file, the folder it is in or the name
  // it has there; those and the ones that read.
  enum class Calls { kSyncs, kChanges, kAll };
  // kOnce: the call behind the one that failed succeeds.
  enum class Lasts { kUntilSet, kOnce };

  // From the `after`-th such call on.
  void set(Fault fault, std::string where = "/journal/", int after = 0,
           Calls calls = Calls::kChanges, Lasts lasts = Lasts::kUntilSet) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    where_ = std::move(where);
    countdown_ = after;
    touched_ = calls;
    lasts_ = lasts;
    changed_.notify_all();
  }

  // What is appended to files whose path contains `where` takes of so many octets, and gives them
  // back when its file is deleted. Where too few are left nothing is written.
  void leave_room(size_t octets, std::string where = "/journal/") {
    const std::lock_guard lock(mutex_);
    room_ = octets;
    room_where_ = std::move(where);
  }
  void free(size_t octets) {
    const std::lock_guard lock(mutex_);
    *room_ += octets;
  }
  size_t room() const {
    const std::lock_guard lock(mutex_);
    return *room_;
  }

  // That could fail, as set() says which.
  int calls() const { return calls_; }

 private:
  rocksdb::IOStatus touch(const std::string& path, Calls least = Calls::kChanges) {
    std::unique_lock lock(mutex_);
    if (path.find(where_) == std::string::npos || least > touched_) {
      return rocksdb::IOStatus::OK();
    }
    ++calls_;
    if (countdown_ > 0) {
      --countdown_;
      return rocksdb::IOStatus::OK();
    }
    changed_.wait(lock, [&] { return fault_ != Fault::kHang; });
    const Fault fault = fault_;
    if (lasts_ == Lasts::kOnce) {
      fault_ = Fault::kNone;
    }
    switch (fault) {
      case Fault::kKill:
        raise(SIGKILL);
        return rocksdb::IOStatus::Aborted("killed");
      case Fault::kIoError:
        return rocksdb::IOStatus::IOError("injected");
      case Fault::kNoSpace:
      case Fault::kShortWrite:
      case Fault::kLateError:
        halves_ = fault == Fault::kNoSpace ? 0 : fault == Fault::kShortWrite ? 1 : 2;
        return rocksdb::IOStatus::NoSpace("injected");
      default:
        return rocksdb::IOStatus::OK();
    }
  }

  rocksdb::IOStatus append(const std::string& path, size_t octets) {
    rocksdb::IOStatus touched = touch(path);
    const std::lock_guard lock(mutex_);
    if (!touched.ok() || !room_ || path.find(room_where_) == std::string::npos) {
      return touched;
    }
    if (octets > *room_) {
      halves_ = 0;
      return rocksdb::IOStatus::NoSpace("no room");
    }
    *room_ -= octets;
    taken_[path] += octets;
    return touched;
  }

  void note_deleted(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (const auto taken = taken_.extract(path)) {
      *room_ += taken.mapped();
    }
  }

  using IoOptions = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;

  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, FaultyDisk& disk, std::string path)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const IoOptions& options,
                             Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.append(path_, data.size());
      return touched.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug)
                          : append_some(data, touched);
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const IoOptions& options,
                             const rocksdb::DataVerificationInfo& info, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.append(path_, data.size());
      return touched.ok() ? FSWritableFileOwnerWrapper::Append(data, options, info, debug)
                          : append_some(data, touched);
    }
    rocksdb::IOStatus Sync(const IoOptions& options, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path_, Calls::kSyncs);
      return touched.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : touched;
    }

    rocksdb::IOStatus Truncate(uint64_t size, const IoOptions& options, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path_);
      return touched.ok() ? FSWritableFileOwnerWrapper::Truncate(size, options, debug) : touched;
    }
    rocksdb::IOStatus Close(const IoOptions& options, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path_);
      const rocksdb::IOStatus closed = FSWritableFileOwnerWrapper::Close(options, debug);
      return touched.ok() ? closed : touched;
    }

   private:
    rocksdb::IOStatus append_some(const rocksdb::Slice& data, const rocksdb::IOStatus& failed) {
      if (failed.IsNoSpace() && disk_.halves_ > 0) {
        FSWritableFileOwnerWrapper::Append({data.data(), data.size() * disk_.halves_ / 2}, {},
                                           nullptr)
            .PermitUncheckedError();
      }
      return failed;
    }

    FaultyDisk& disk_;
    const std::string path_;
  };

  class Table final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    Table(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FaultyDisk& disk, std::string path)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

    rocksdb::IOStatus Read(uint64_t offset, size_t size, const IoOptions& options,
                           rocksdb::Slice* read, char* scratch, Debug* debug) const override {
      const rocksdb::IOStatus touched = disk_.touch(path_, Calls::kAll);
      return touched.ok()
                 ? FSRandomAccessFileOwnerWrapper::Read(offset, size, options, read, scratch, debug)
                 : touched;
    }

   private:
    FaultyDisk& disk_;
    const std::string path_;
  };

  class Log final : public rocksdb::FSSequentialFileOwnerWrapper {
   public:
    Log(std::unique_ptr<rocksdb::FSSequentialFile> file, FaultyDisk& disk, std::string path)
        : FSSequentialFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

    rocksdb::IOStatus Read(size_t size, const IoOptions& options, rocksdb::Slice* read,
                           char* scratch, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path_, Calls::kAll);
      return touched.ok() ? FSSequentialFileOwnerWrapper::Read(size, options, read, scratch, debug)
                          : touched;
    }

   private:
    FaultyDisk& disk_;
    const std::string path_;
  };

  class Folder final : public rocksdb::FSDirectoryWrapper {
   public:
    Folder(std::unique_ptr<rocksdb::FSDirectory> folder, FaultyDisk& disk, std::string path)
        : FSDirectoryWrapper(std::move(folder)), disk_(disk), path_(std::move(path)) {}

    rocksdb::IOStatus Fsync(const IoOptions& options, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path_);
      return touched.ok() ? FSDirectoryWrapper::Fsync(options, debug) : touched;
    }
    rocksdb::IOStatus FsyncWithDirOptions(const IoOptions& options, Debug* debug,
                                          const rocksdb::DirFsyncOptions& how) override {
      const rocksdb::IOStatus touched = disk_.touch(path_);
      return touched.ok() ? FSDirectoryWrapper::FsyncWithDirOptions(options, debug, how) : touched;
    }

   private:
    FaultyDisk& disk_;
    const std::string path_;
  };

  class Files final : public rocksdb::FileSystemWrapper {
   public:
    explicit Files(FaultyDisk& disk)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
    const char* Name() const override { return "FaultyDisk"; }

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      Debug* debug) override {
      rocksdb::IOStatus status = disk_.touch(path);
      if (status.ok()) {
        status = target()->NewWritableFile(path, options, file, debug);
      }
      if (status.ok()) {
        *file = std::make_unique<File>(std::move(*file), disk_, path);
      }
      return status;
    }

    rocksdb::IOStatus ReopenWritableFile(const std::string& path,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                                         Debug* debug) override {
      rocksdb::IOStatus status = disk_.touch(path);
      if (status.ok()) {
        status = target()->ReopenWritableFile(path, options, file, debug);
      }
      if (status.ok()) {
        *file = std::make_unique<File>(std::move(*file), disk_, path);
      }
      return status;
    }

    rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                          Debug* debug) override {
      rocksdb::IOStatus status = disk_.touch(path, Calls::kAll);
      if (status.ok()) {
        status = target()->NewRandomAccessFile(path, options, file, debug);
      }
      if (status.ok()) {
        *file = std::make_unique<Table>(std::move(*file), disk_, path);
      }
      return status;
    }

    rocksdb::IOStatus NewSequentialFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                        Debug* debug) override {
      rocksdb::IOStatus status = disk_.touch(path, Calls::kAll);
      if (status.ok()) {
        status = target()->NewSequentialFile(path, options, file, debug);
      }
      if (status.ok()) {
        *file = std::make_unique<Log>(std::move(*file), disk_, path);
      }
      return status;
    }

    rocksdb::IOStatus NewDirectory(const std::string& path, const IoOptions& options,
                                   std::unique_ptr<rocksdb::FSDirectory>* folder,
                                   Debug* debug) override {
      rocksdb::IOStatus status = target()->NewDirectory(path, options, folder, debug);
      if (status.ok()) {
        *folder = std::make_unique<Folder>(std::move(*folder), disk_, path + "/");
      }
      return status;
    }

    rocksdb::IOStatus DeleteFile(const std::string& path, const IoOptions& options,
                                 Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path);
      if (!touched.ok()) {
        return touched;
      }
      disk_.note_deleted(path);
      return target()->DeleteFile(path, options, debug);
    }
    rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                                 const IoOptions& options, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(to);
      return touched.ok() ? target()->RenameFile(from, to, options, debug) : touched;
    }
    rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                               const IoOptions& options, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(to);
      return touched.ok() ? target()->LinkFile(from, to, options, debug) : touched;
    }
    rocksdb::IOStatus CreateDirIfMissing(const std::string& path, const IoOptions& options,
                                         Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path + "/");
      return touched.ok() ? target()->CreateDirIfMissing(path, options, debug) : touched;
    }

   private:
    FaultyDisk& disk_;
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Fault fault_ = Fault::kNone;
  std::string where_;
  int countdown_ = 0;
  Calls touched_ = Calls::kChanges;
  Lasts lasts_ = Lasts::kUntilSet;
  std::atomic<size_t> halves_{0};  // of its octets that arrive, when a write fails
  std::atomic<int> calls_{0};
  std::optional<size_t> room_;  // nothing: enough for all
  std::string room_where_;
  std::map<std::string, size_t> taken_;  // of it, by file
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace etymon::store

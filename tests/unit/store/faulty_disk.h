// A disk that a test can slow down, fill up or break: RocksDB's file system with a switch.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace etymon::store {

// Thread-safe. Faults touch files whose path contains `where`.
class FaultyDisk {
 public:
  // kShortWrite: half of the octets arrive, then the write fails.
  enum class Fault { kNone, kHang, kIoError, kNoSpace, kShortWrite };

  FaultyDisk() : env_(rocksdb::NewCompositeEnv(std::make_shared<Files>(*this))) {}

  rocksdb::Env& env() { return *env_; }

  // From the `after`-th call on that writes, syncs, makes, renames or links such a file, or makes
  // such a folder.
  void set(Fault fault, std::string where = "/journal/", int after = 0) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    where_ = std::move(where);
    countdown_ = after;
    only_syncs_ = false;
    changed_.notify_all();
  }

  // The same of calls alone that sync.
  void set_only_syncs(Fault fault, std::string where) {
    set(fault, std::move(where));
    only_syncs_ = true;
  }

  int calls() const { return calls_; }

 private:
  enum class Call { kSync, kOther };

  rocksdb::IOStatus touch(const std::string& path, Call call = Call::kOther) {
    std::unique_lock lock(mutex_);
    if (path.find(where_) == std::string::npos || (only_syncs_ && call != Call::kSync)) {
      return rocksdb::IOStatus::OK();
    }
    ++calls_;
    if (countdown_ > 0) {
      --countdown_;
      return rocksdb::IOStatus::OK();
    }
    changed_.wait(lock, [&] { return fault_ != Fault::kHang; });
    switch (fault_) {
      case Fault::kIoError:
        return rocksdb::IOStatus::IOError("injected");
      case Fault::kNoSpace:
      case Fault::kShortWrite:
        return rocksdb::IOStatus::NoSpace("injected");
      default:
        return rocksdb::IOStatus::OK();
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
      const rocksdb::IOStatus touched = disk_.touch(path_);
      return touched.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug)
                          : append_half(data, touched);
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const IoOptions& options,
                             const rocksdb::DataVerificationInfo& info, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path_);
      return touched.ok() ? FSWritableFileOwnerWrapper::Append(data, options, info, debug)
                          : append_half(data, touched);
    }
    rocksdb::IOStatus Sync(const IoOptions& options, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path_, Call::kSync);
      return touched.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : touched;
    }

   private:
    rocksdb::IOStatus append_half(const rocksdb::Slice& data, const rocksdb::IOStatus& failed) {
      if (disk_.fault_ == Fault::kShortWrite) {
        FSWritableFileOwnerWrapper::Append({data.data(), data.size() / 2}, {}, nullptr)
            .PermitUncheckedError();
      }
      return failed;
    }

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

  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<Fault> fault_{Fault::kNone};
  std::string where_;
  int countdown_ = 0;
  bool only_syncs_ = false;
  std::atomic<int> calls_{0};
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace etymon::store

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
  enum class Fault { kNone, kHang, kIoError, kNoSpace };

  FaultyDisk() : env_(rocksdb::NewCompositeEnv(std::make_shared<Files>(*this))) {}

  rocksdb::Env& env() { return *env_; }

  // From the `after`-th call on that writes or syncs such a file.
  void set(Fault fault, std::string where = "/journal/", int after = 0) {
    const std::lock_guard lock(mutex_);
    fault_ = fault;
    where_ = std::move(where);
    countdown_ = after;
    changed_.notify_all();
  }

  int calls() const { return calls_; }

 private:
  rocksdb::IOStatus touch(const std::string& path) {
    std::unique_lock lock(mutex_);
    if (path.find(where_) == std::string::npos) {
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
      return touched.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug) : touched;
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const IoOptions& options,
                             const rocksdb::DataVerificationInfo& info, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path_);
      return touched.ok() ? FSWritableFileOwnerWrapper::Append(data, options, info, debug)
                          : touched;
    }
    rocksdb::IOStatus Sync(const IoOptions& options, Debug* debug) override {
      const rocksdb::IOStatus touched = disk_.touch(path_);
      return touched.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : touched;
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

   private:
    FaultyDisk& disk_;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  Fault fault_ = Fault::kNone;
  std::string where_;
  int countdown_ = 0;
  std::atomic<int> calls_{0};
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace etymon::store

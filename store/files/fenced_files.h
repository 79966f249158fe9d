// Fenced files: RocksDB's file system for one open database, which changes nothing on the disk any
// more once it has failed.
//
// RocksDB's own ways on after a failure cannot be trusted: they race with each other (Debian's
// build has the assertions on, and ends the process), some failures it hides or never recovers
// from, and it tidies away files whose record may have reached the disk. So the first failure of
// anything that writes puts up a fence: from then on nothing of this database reaches the disk, as
// if the process had been killed at that moment. It can still be read. The way on is to open it
// anew.
//
// One thing is done behind the fence: files that the database began, and that nothing on the disk
// can name yet, are removed. Where the disk is full, each of them has taken what little there was,
// and with every try to open the database again there would be more of them.
//
// RocksDB is told of a failure in words that make it do nothing about it:
//   - Of a log: nothing. It asserts that a log is never synced after it failed, and a flush in the
//     background, which syncs closed logs, tells nobody. Whoever writes asks failure() instead.
//   - Of any other file: a plain error. "No space" would wake a thread that resumes by itself.
//
// A database that failed may be read on while another is opened in its place: databases with the
// same FolderLock may be open at once, of which one at most is not fenced. As long as there are
// two, no table file is deleted, so that the older one keeps what it reads.
//
// Thread-safe. Private to store/.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>

namespace etymon::store {

// The lock of a folder, which RocksDB gives to one database of a process only.
class FolderLock {
 public:
  rocksdb::IOStatus acquire(rocksdb::FileSystem& files, const std::string& path,
                            rocksdb::FileLock** lock);
  rocksdb::IOStatus release(rocksdb::FileSystem& files);
  // More than one database holds it.
  bool is_shared() const;

 private:
  mutable std::mutex mutex_;
  rocksdb::FileLock* lock_ = nullptr;  // RocksDB's
  int holders_ = 0;
};

class FencedFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit FencedFiles(const std::shared_ptr<rocksdb::FileSystem>& base,
                       std::shared_ptr<FolderLock> lock = std::make_shared<FolderLock>());

  const char* Name() const override { return "etymon.FencedFiles"; }

  // What put the fence up; OK: nothing did.
  rocksdb::IOStatus failure() const { return fence_->failure(); }

  // Puts the fence up, if it is not, waits for what is being written, and removes the files that
  // nothing can name.
  void put_up();

  using Options = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    Debug* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       Debug* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const Options& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 Debug* debug) override;
  rocksdb::IOStatus CreateDir(const std::string& path, const Options& options,
                              Debug* debug) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& path, const Options& options,
                                       Debug* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const Options& options, Debug* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to, const Options& options,
                             Debug* debug) override;
  rocksdb::IOStatus Truncate(const std::string& path, size_t size, const Options& options,
                             Debug* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const Options& options,
                               Debug* debug) override;
  rocksdb::IOStatus LockFile(const std::string& path, const Options& options,
                             rocksdb::FileLock** lock, Debug* debug) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const Options& options,
                               Debug* debug) override;

 private:
  // Shared with the files that are open: RocksDB closes some of them late.
  class Fence {
   public:
    rocksdb::IOStatus failure() const;
    void note(const rocksdb::IOStatus& status);
    void put_up();

    // Makes a change, unless the fence is up. Returns what RocksDB is to be told.
    template <class Change>
    rocksdb::IOStatus pass(const Change& change);

   private:
    std::shared_mutex passing_;  // shared while a change is being made
    std::atomic<bool> is_up_{false};
    mutable std::mutex mutex_;
    rocksdb::IOStatus failure_;
  };
  // Tables, manifests and files on their way to a name that were made here and count for nothing
  // yet: a table does once a manifest may name it, and a manifest once CURRENT may. Thread-safe.
  class Unnamed {
   public:
    void add(const std::string& path);
    bool drop(const std::string& path);  // whether it was one
    std::set<std::string> take();
    // CURRENT is about to name a manifest from here: all files that were made before may count.
    void note_current();
    // A manifest is about to be written. Until CURRENT names one from here, none of them is read.
    void note_manifest();

   private:
    std::mutex mutex_;
    std::set<std::string> paths_;
    bool is_current_ = false;
  };
  class File;
  class Log;
  class Manifest;
  class Folder;

  void wrap(const std::string& path, std::unique_ptr<rocksdb::FSWritableFile>& file) const;

  const std::shared_ptr<Fence> fence_ = std::make_shared<Fence>();
  const std::shared_ptr<Unnamed> unnamed_ = std::make_shared<Unnamed>();
  const std::shared_ptr<FolderLock> lock_;
};

}  // namespace etymon::store

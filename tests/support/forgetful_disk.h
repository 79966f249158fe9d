// ForgetfulDisk: RocksDB's file system, with a memory of every change, so that a test can see the
// folder as a power loss at any of these moments would have left it.
//
// What POSIX promises and no more: octets of a file are safe once the file was synced, a name in a
// folder once the folder was. Of the rest, a power loss keeps a beginning, of its own length for
// each file and each folder: none, all, up to a sector's end, or the size without the octets.
//
// Real files carry the run; the changes are noted in memory, so runs should be small. Thread-safe.
// Files that are changed behind its back (RocksDB's own LOG among them) are not on it.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "resolver/base/clock.h"

namespace etymon::testing {

// One change, in the order in which they were made.
struct DiskStep {
  enum class Kind {
    kCreate,
    kAppend,
    kCut,
    kSync,
    kRename,
    kLink,
    kDelete,
    kMakeFolder,
    kSyncFolder
  };

  Kind kind;
  std::string path = {};
  uint64_t file = 0;            // kCreate .. kSync: which one, whatever its name
  std::string to = {};          // kRename, kLink: the new name
  std::string octets = {};      // kAppend
  uint64_t size = 0;            // kCut; kSync: what the file had when the sync began
  size_t began = 0;             // kSync: how many steps there were when it began
  MonotonicTime began_at = {};  // kSync
  MonotonicTime at = {};        // when it was done
};

// Files with their names, and how much of both is safe. Advances step by step.
class DiskImage {
 public:
  // Everything below `folder`, all of it safe.
  static DiskImage of(const std::string& folder);

  void apply(const DiskStep& step);

  bool is_safe(const std::string& path) const { return safe_.names.contains(path); }

  // Writes what a power loss leaves of `from` to the new folder `to`.
  void write_remains(const std::string& from, const std::string& to, std::mt19937& dice) const;

 private:
  struct File {
    std::string octets;
    size_t safe = 0;
  };
  struct Names {
    std::map<std::string, uint64_t> names;  // 0: a folder
    void apply(const DiskStep& step);
  };

  std::string remains_of(const File& file, std::mt19937& dice) const;

  std::map<uint64_t, File> files_;
  Names safe_;
  std::map<std::string, std::vector<DiskStep>> unsafe_;  // by folder
  std::set<std::string> made_;  // folders; one made otherwise is safe, with what is safe in it
};

class ForgetfulDisk {
 public:
  // Begins with what is below `folder` now.
  explicit ForgetfulDisk(const std::string& folder);

  rocksdb::Env& env() { return *env_; }

  // The number of steps up to now.
  size_t position() const;

  // REQUIRES: nothing uses env() any more.
  const DiskImage& before() const { return before_; }
  const std::vector<DiskStep>& steps() const { return steps_; }

 private:
  class Files;
  class File;
  class Folder;

  DiskImage before_;
  mutable std::mutex mutex_;
  std::vector<DiskStep> steps_;
  std::map<std::string, uint64_t> numbers_;  // of the files, by name
  uint64_t last_number_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace etymon::testing

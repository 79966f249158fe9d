#include "tests/support/forgetful_disk.h"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace etymon::testing {
namespace {

namespace fs = std::filesystem;
using IoOptions = rocksdb::IOOptions;
using Debug = rocksdb::IODebugContext;
using Kind = DiskStep::Kind;

constexpr size_t kSector = 512;

// The files of the folder that a disk begins with are numbered from here in the order of their
// names; whoever made the image and whoever goes on from it count alike.
constexpr uint64_t kFirstNumber = 1;

std::string folder_of(const std::string& path) {
  return path.substr(0, path.find_last_of('/'));
}

MonotonicTime now() {
  return SystemClock().monotonic();
}

std::string clean(std::string path) {
  path.erase(
      std::unique(path.begin(), path.end(), [](char a, char b) { return a == '/' && b == '/'; }),
      path.end());
  if (path.ends_with('/')) {
    path.pop_back();
  }
  return path;
}

// Everything below `folder`, by name.
std::map<std::string, bool> names_below(const std::string& folder) {
  std::map<std::string, bool> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    names[clean(entry.path().string())] = entry.is_directory();
  }
  return names;
}

}  // namespace

DiskImage DiskImage::of(const std::string& folder) {
  DiskImage image;
  uint64_t number = kFirstNumber;
  for (const auto& [path, is_folder] : names_below(folder)) {
    if (is_folder) {
      image.safe_.names[path] = 0;
      continue;
    }
    std::ifstream stream(path, std::ios::binary);
    std::string octets{std::istreambuf_iterator<char>(stream), {}};
    const size_t size = octets.size();
    image.safe_.names[path] = number;
    image.files_[number++] = {std::move(octets), size};
  }
  return image;
}

void DiskImage::Names::apply(const DiskStep& step) {
  switch (step.kind) {
    case Kind::kCreate:
    case Kind::kMakeFolder:
      names[step.path] = step.file;
      break;
    case Kind::kLink:
      names[step.to] = step.file;
      break;
    case Kind::kRename:
      names.erase(step.path);
      names[step.to] = step.file;
      break;
    default:
      names.erase(step.path);
  }
}

void DiskImage::apply(const DiskStep& step) {
  switch (step.kind) {
    case Kind::kAppend:
      files_[step.file].octets += step.octets;
      return;
    case Kind::kCut: {
      File& file = files_[step.file];
      file.octets.resize(step.size);
      file.safe = std::min<size_t>(file.safe, step.size);
      return;
    }
    case Kind::kSync:
      files_[step.file].safe = std::max<size_t>(files_[step.file].safe, step.size);
      return;
    case Kind::kSyncFolder:
      for (const DiskStep& made : std::exchange(unsafe_[step.path], {})) {
        safe_.apply(made);
      }
      return;
    default:
      if (step.kind == Kind::kMakeFolder) {
        made_.insert(step.path);
      } else if (step.kind == Kind::kCreate) {
        files_[step.file] = {};
      }
      unsafe_[folder_of(step.kind == Kind::kLink ? step.to : step.path)].push_back(step);
  }
}

void DiskImage::write_remains(const std::string& from, const std::string& to,
                              std::mt19937& dice) const {
  Names left = safe_;
  for (const auto& [folder, steps] : unsafe_) {
    const size_t kept =
        std::array{size_t{0}, steps.size(), dice() % (steps.size() + 1)}[dice() % 3];
    std::for_each_n(steps.begin(), kept, [&](const DiskStep& step) { left.apply(step); });
  }
  fs::create_directories(to);
  for (const auto& [path, number] : left.names) {
    const std::string folder = folder_of(path);
    if (made_.contains(folder) && !left.names.contains(folder)) {
      continue;
    }
    const std::string place = to + path.substr(from.size());
    fs::create_directories(number == 0 ? place : folder_of(place));
    if (number != 0) {
      std::ofstream(place, std::ios::binary) << remains_of(files_.at(number), dice);
    }
  }
}

std::string DiskImage::remains_of(const File& file, std::mt19937& dice) const {
  const size_t unsafe = file.octets.size() - file.safe;
  std::string left = file.octets;
  switch (dice() % 8) {
    case 0:
    case 1:
      break;
    case 2:  // The size had arrived, the octets had not.
      std::fill(left.begin() + static_cast<std::ptrdiff_t>(file.safe), left.end(), '\0');
      break;
    case 3:
    case 4:
      left.resize(file.safe);
      break;
    default: {
      const size_t end = file.safe + dice() % (unsafe + 1);
      left.resize(std::max(file.safe, end / kSector * kSector));
    }
  }
  return left;
}

// ---- The file system that notes.

class ForgetfulDisk::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, ForgetfulDisk& disk, std::string path,
       uint64_t number)
      : FSWritableFileOwnerWrapper(std::move(file)),
        disk_(disk),
        path_(std::move(path)),
        number_(number) {
    size_ = target()->GetFileSize({}, nullptr);
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const IoOptions& options,
                           Debug* debug) override {
    return note_append(data, [&] { return target()->Append(data, options, debug); });
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const IoOptions& options,
                           const rocksdb::DataVerificationInfo& info, Debug* debug) override {
    return note_append(data, [&] { return target()->Append(data, options, info, debug); });
  }
  rocksdb::IOStatus Truncate(uint64_t size, const IoOptions& options, Debug* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    rocksdb::IOStatus done = target()->Truncate(size, options, debug);
    if (done.ok() && size != size_) {
      disk_.steps_.push_back(
          {.kind = Kind::kCut, .path = path_, .file = number_, .size = size, .at = now()});
      size_ = size;
    }
    return done;
  }
  rocksdb::IOStatus Sync(const IoOptions& options, Debug* debug) override {
    return note_sync([&] { return target()->Sync(options, debug); });
  }
  rocksdb::IOStatus Fsync(const IoOptions& options, Debug* debug) override {
    return note_sync([&] { return target()->Fsync(options, debug); });
  }

 private:
  template <class Write>
  rocksdb::IOStatus note_append(const rocksdb::Slice& data, Write write) {
    const std::lock_guard lock(disk_.mutex_);
    rocksdb::IOStatus done = write();
    if (done.ok()) {
      disk_.steps_.push_back({.kind = Kind::kAppend,
                              .path = path_,
                              .file = number_,
                              .octets = data.ToString(),
                              .at = now()});
      size_ += data.size();
    }
    return done;
  }

  // What is written while the sync runs is not promised by it.
  template <class Write>
  rocksdb::IOStatus note_sync(Write write) {
    DiskStep step{.kind = Kind::kSync, .path = path_, .file = number_};
    {
      const std::lock_guard lock(disk_.mutex_);
      step.size = size_;
      step.began = disk_.steps_.size();
      step.began_at = now();
    }
    rocksdb::IOStatus done = write();
    if (done.ok()) {
      const std::lock_guard lock(disk_.mutex_);
      step.at = now();
      disk_.steps_.push_back(std::move(step));
    }
    return done;
  }

  ForgetfulDisk& disk_;
  const std::string path_;
  const uint64_t number_;
  uint64_t size_ = 0;  // guarded by the disk's mutex
};

class ForgetfulDisk::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(std::unique_ptr<rocksdb::FSDirectory> folder, ForgetfulDisk& disk, std::string path)
      : FSDirectoryWrapper(std::move(folder)), disk_(disk), path_(std::move(path)) {}

  rocksdb::IOStatus Fsync(const IoOptions& options, Debug* debug) override {
    return note(FSDirectoryWrapper::Fsync(options, debug));
  }
  rocksdb::IOStatus FsyncWithDirOptions(const IoOptions& options, Debug* debug,
                                        const rocksdb::DirFsyncOptions& more) override {
    return note(FSDirectoryWrapper::FsyncWithDirOptions(options, debug, more));
  }

 private:
  rocksdb::IOStatus note(rocksdb::IOStatus done) {
    if (done.ok()) {
      const std::lock_guard lock(disk_.mutex_);
      disk_.steps_.push_back({.kind = Kind::kSyncFolder, .path = path_, .at = now()});
    }
    return done;
  }

  ForgetfulDisk& disk_;
  const std::string path_;
};

class ForgetfulDisk::Files final : public rocksdb::FileSystemWrapper {
 public:
  explicit Files(ForgetfulDisk& disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "ForgetfulDisk"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    Debug* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    rocksdb::IOStatus done = target()->NewWritableFile(path, options, file, debug);
    if (done.ok()) {
      const std::string name = clean(path);
      const uint64_t number = ++disk_.last_number_;
      disk_.numbers_[name] = number;
      disk_.steps_.push_back({.kind = Kind::kCreate, .path = name, .file = number, .at = now()});
      *file = std::make_unique<File>(std::move(*file), disk_, name, number);
    }
    return done;
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       Debug* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    const auto known = disk_.numbers_.find(clean(path));
    if (known == disk_.numbers_.end()) {
      return rocksdb::IOStatus::NotFound(path);
    }
    rocksdb::IOStatus done = target()->ReopenWritableFile(path, options, file, debug);
    if (done.ok()) {
      *file = std::make_unique<File>(std::move(*file), disk_, clean(path), known->second);
    }
    return done;
  }
  // Logs are not recycled and nothing is written in place.
  rocksdb::IOStatus ReuseWritableFile(const std::string&, const std::string&,
                                      const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSWritableFile>*, Debug*) override {
    return rocksdb::IOStatus::NotSupported("ForgetfulDisk");
  }
  rocksdb::IOStatus NewRandomRWFile(const std::string&, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>*, Debug*) override {
    return rocksdb::IOStatus::NotSupported("ForgetfulDisk");
  }
  rocksdb::IOStatus NewDirectory(const std::string& path, const IoOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 Debug* debug) override {
    rocksdb::IOStatus done = target()->NewDirectory(path, options, folder, debug);
    if (done.ok()) {
      *folder = std::make_unique<Folder>(std::move(*folder), disk_, clean(path));
    }
    return done;
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const IoOptions& options,
                               Debug* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    return note(target()->DeleteFile(path, options, debug),
                {.kind = Kind::kDelete, .path = clean(path)});
  }
  rocksdb::IOStatus RenameFile(const std::string& path, const std::string& to,
                               const IoOptions& options, Debug* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    return note(target()->RenameFile(path, to, options, debug),
                {.kind = Kind::kRename, .path = clean(path), .to = clean(to)});
  }
  rocksdb::IOStatus LinkFile(const std::string& path, const std::string& to,
                             const IoOptions& options, Debug* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    return note(target()->LinkFile(path, to, options, debug),
                {.kind = Kind::kLink, .path = clean(path), .to = clean(to)});
  }
  rocksdb::IOStatus CreateDir(const std::string& path, const IoOptions& options,
                              Debug* debug) override {
    const std::lock_guard lock(disk_.mutex_);
    return note(target()->CreateDir(path, options, debug),
                {.kind = Kind::kMakeFolder, .path = clean(path)});
  }
  rocksdb::IOStatus CreateDirIfMissing(const std::string& path, const IoOptions& options,
                                       Debug* debug) override {
    const bool is_there = target()->FileExists(path, options, debug).ok();
    return is_there ? rocksdb::IOStatus::OK() : CreateDir(path, options, debug);
  }

 private:
  // REQUIRES: the disk's mutex is held.
  rocksdb::IOStatus note(rocksdb::IOStatus done, DiskStep step) {
    if (!done.ok()) {
      return done;
    }
    const auto known = disk_.numbers_.find(step.path);
    step.file = known == disk_.numbers_.end() ? 0 : known->second;
    if (!step.to.empty() && step.file == 0) {
      return done;  // Not on this disk.
    }
    if (!step.to.empty()) {
      disk_.numbers_[step.to] = step.file;
    }
    step.at = now();
    if (step.kind != Kind::kLink) {
      disk_.numbers_.erase(step.path);
    }
    disk_.steps_.push_back(std::move(step));
    return done;
  }

  ForgetfulDisk& disk_;
};

ForgetfulDisk::ForgetfulDisk(const std::string& folder)
    : before_(DiskImage::of(folder)), last_number_(kFirstNumber - 1) {
  for (const auto& [path, is_folder] : names_below(folder)) {
    if (!is_folder) {
      numbers_[path] = ++last_number_;
    }
  }
  env_ = rocksdb::NewCompositeEnv(std::make_shared<Files>(*this));
}

size_t ForgetfulDisk::position() const {
  const std::lock_guard lock(mutex_);
  return steps_.size();
}

}  // namespace etymon::testing

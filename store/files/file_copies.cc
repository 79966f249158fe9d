#include "store/files/file_copies.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "store/files/database.h"

namespace etymon::store {
namespace {

// While it lives, RocksDB deletes no file.
class FilesKept {
 public:
  explicit FilesKept(rocksdb::DB& database) : database_(database) {
    static_cast<void>(database_.DisableFileDeletions());  // Fails for read-only databases alone.
  }
  ~FilesKept() { static_cast<void>(database_.EnableFileDeletions(false)); }
  FilesKept(const FilesKept&) = delete;
  FilesKept& operator=(const FilesKept&) = delete;

 private:
  rocksdb::DB& database_;
};

std::string name_of(const rocksdb::LiveFileStorageInfo& file) {
  return file.directory + "/" + file.relative_filename;
}

rocksdb::Status open(rocksdb::Env& env, const rocksdb::LiveFileStorageInfo& file,
                     std::unique_ptr<rocksdb::SequentialFile>& opened) {
  return env.NewSequentialFile(name_of(file), &opened, rocksdb::EnvOptions());
}

// REQUIRES: RocksDB deletes no file.
rocksdb::Status list_files(rocksdb::DB& database, Logs logs, HeldFiles& files) {
  rocksdb::LiveFilesStorageInfoOptions options;
  options.wal_size_for_flush = logs == Logs::kFlush ? 0 : std::numeric_limits<uint64_t>::max();
  std::vector<rocksdb::LiveFileStorageInfo> listed;
  const rocksdb::Status done = database.GetLiveFilesStorageInfo(options, &listed);
  for (rocksdb::LiveFileStorageInfo& info : listed) {
    files.push_back({std::move(info), nullptr});
  }
  return done;
}

// One file of a database on its way into another folder.
class FileCopy {
 public:
  FileCopy(rocksdb::Env& env, HeldFile& file, const std::string& folder, Meter& meter)
      : env_(env),
        file_(file.info),
        opened_(file.opened),
        from_(name_of(file.info)),
        to_(folder + "/" + file.info.relative_filename),
        meter_(meter) {}

  rocksdb::Status make() {
    if (!file_.replacement_contents.empty()) {
      return rocksdb::WriteStringToFile(&env_, file_.replacement_contents, to_);
    }
    if (!file_.trim_to_size && env_.LinkFile(from_, to_).ok()) {
      meter_.advance(file_.size);
      return {};
    }
    return copy();  // It still grows, or lies on another file system.
  }

 private:
  rocksdb::Status copy() {
    std::unique_ptr<rocksdb::WritableFile> target;
    rocksdb::Status done = opened_ ? rocksdb::Status() : open(env_, file_, opened_);
    if (done.ok()) {
      done = env_.NewWritableFile(to_, &target, rocksdb::EnvOptions());
    }
    uint64_t left = file_.size;
    while (done.ok() && left > 0 && meter_.check()) {
      done = copy_piece(*opened_, *target, left);
    }
    return done.ok() ? target->Close() : done;
  }

  rocksdb::Status copy_piece(rocksdb::SequentialFile& source, rocksdb::WritableFile& target,
                             uint64_t& left) {
    rocksdb::Slice piece;
    rocksdb::Status done =
        source.Read(std::min<uint64_t>(left, buffer_.size()), &piece, buffer_.data());
    if (done.ok() && piece.empty()) {
      return rocksdb::Status::Corruption(from_, "is shorter than it should be");
    }
    if (done.ok()) {
      done = target.Append(piece);
      left -= piece.size();
      meter_.advance(piece.size());
    }
    return done;
  }

  static constexpr size_t kPiece = 256 << 10;

  rocksdb::Env& env_;
  const rocksdb::LiveFileStorageInfo& file_;
  std::unique_ptr<rocksdb::SequentialFile>& opened_;
  const std::string from_;
  const std::string to_;
  Meter& meter_;
  std::vector<char> buffer_ = std::vector<char>(kPiece);
};

}  // namespace

Result<HeldFiles> hold_files(rocksdb::DB& database, rocksdb::Env& env, Logs logs) {
  const FilesKept kept(database);
  HeldFiles files;
  rocksdb::Status done = list_files(database, logs, files);
  for (size_t i = 0; done.ok() && i < files.size(); ++i) {
    if (files[i].info.replacement_contents.empty()) {
      done = open(env, files[i].info, files[i].opened);
    }
  }
  const Status held = to_status(done, "cannot copy " + database.GetName());
  return held ? Result<HeldFiles>(std::move(files)) : held.error();
}

Status copy_files(HeldFiles files, rocksdb::Env& env, const std::string& path, Meter& meter) {
  rocksdb::Status done = env.CreateDir(path);
  for (size_t i = 0; done.ok() && i < files.size(); ++i) {
    if (const Status going_on = meter.check(); !going_on) {
      return going_on;
    }
    done = FileCopy(env, files[i], path, meter).make();
    files[i].opened.reset();
  }
  // A copy that was stopped half-way through a file says so in our words.
  const Status going_on = meter.check();
  return done.ok() || going_on ? to_status(done, "cannot copy into " + path) : going_on;
}

Status copy_database(rocksdb::DB& database, rocksdb::Env& env, const std::string& path, Logs logs,
                     Meter& meter) {
  const FilesKept kept(database);
  HeldFiles files;
  const Status listed =
      to_status(list_files(database, logs, files), "cannot copy " + database.GetName());
  return listed ? copy_files(std::move(files), env, path, meter) : listed;
}

}  // namespace etymon::store

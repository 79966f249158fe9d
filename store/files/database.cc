#include "store/files/database.h"

#include <rocksdb/perf_level.h>
#include <rocksdb/transaction_log.h>

#include <algorithm>
#include <cstdarg>
#include <memory>
#include <vector>

#include "store/files/folders.h"

namespace etymon::store {
namespace {

bool mentions(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

// RocksDB's words for people go nowhere: what matters comes back as a Status. Its own LOG would be
// a file in the same folder, and on a full disk the second line that it cannot write there ends the
// process (an assertion of Debian's build).
class NoWords final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

ErrorCode code_of(const rocksdb::Status& status, std::string_view text) {
  if (status.IsCorruption()) {
    return ErrorCode::kDataLoss;
  }
  // FencedFiles leaves of the code the words alone.
  if (status.IsNoSpace() || mentions(text, "No space left on device")) {
    return ErrorCode::kResourceExhausted;
  }
  // RocksDB gives lock and permission errors no code of their own, only these words.
  if (mentions(text, "lock hold by current process") || mentions(text, "While lock file")) {
    return ErrorCode::kFailedPrecondition;
  }
  if (mentions(text, "Permission denied") || mentions(text, "Read-only file system")) {
    return ErrorCode::kPermissionDenied;
  }
  return status.IsIOError() ? ErrorCode::kIo : ErrorCode::kInternal;
}

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors_of(
    std::span<const ColumnFamily> families) {
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (const ColumnFamily& family : families) {
    descriptors.emplace_back(family.name, family.options);
  }
  return descriptors;
}

// Where CURRENT is missing, RocksDB begins an empty database, whatever else is there, and in time
// removes the files that this one does not know. In a database that is being made CURRENT is on the
// disk before there are rows or a log.
Status refuse_remains(const std::string& path) {
  const Result<bool> there = Database::is_in(path);
  const auto names = there && !*there ? file_names(path) : std::vector<std::string>();
  const bool has_remains = names && std::ranges::any_of(*names, [](const std::string& name) {
                             return name.ends_with(".sst") || name.ends_with(".log");
                           });
  if (!there || !names) {
    return there ? names.error() : there.error();
  }
  return has_remains ? Status(Error{ErrorCode::kDataLoss,
                                    path + " holds a database whose file CURRENT is missing; "
                                           "etymond --repair keeps what can be read"})
                     : Status();
}

}  // namespace

void count_no_steps_in_this_thread() {
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
}

Status to_status(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) {
    return {};
  }
  const std::string text = status.ToString();
  const ErrorCode code = code_of(status, text);
  if (code == ErrorCode::kFailedPrecondition) {
    return Error{code, std::string(what) + ": another process is using this store"};
  }
  return Error{code, std::string(what) + ": " + text};
}

Result<std::unique_ptr<Database>> Database::open(const rocksdb::DBOptions& options,
                                                 const std::string& path,
                                                 std::span<const ColumnFamily> families) {
  const Status is_place = refuse_remains(path);
  if (!is_place) {
    return is_place.error();
  }
  std::unique_ptr<Database> database(new Database());
  const rocksdb::Status opened = rocksdb::DB::Open(options, path, descriptors_of(families),
                                                   &database->families_, &database->db_);
  const Status status = to_status(opened, "cannot open " + path);
  return status ? Result<std::unique_ptr<Database>>(std::move(database)) : status.error();
}

Result<std::unique_ptr<Database>> Database::open_to_read(const rocksdb::DBOptions& options,
                                                         const std::string& path,
                                                         std::span<const ColumnFamily> families) {
  rocksdb::DBOptions tolerant = options;
  tolerant.paranoid_checks = false;
  tolerant.create_if_missing = false;
  tolerant.create_missing_column_families = false;
  std::unique_ptr<Database> database(new Database());
  const rocksdb::Status opened = rocksdb::DB::OpenForReadOnly(
      tolerant, path, descriptors_of(families), &database->families_, &database->db_);
  const Status status = to_status(opened, "cannot open " + path);
  return status ? Result<std::unique_ptr<Database>>(std::move(database)) : status.error();
}

Status Database::check(const rocksdb::DBOptions& options, const std::string& path) {
  const Status is_place = refuse_remains(path);
  const Result<bool> there = is_place ? is_in(path) : is_place.error();
  if (!there || !*there) {
    return there ? Status() : there.error();
  }
  std::vector<std::string> names;
  rocksdb::Status looked = rocksdb::DB::ListColumnFamilies(options, path, &names);
  std::vector<rocksdb::ColumnFamilyDescriptor> all;
  std::ranges::for_each(names, [&](const std::string& name) {
    all.emplace_back(name, rocksdb::ColumnFamilyOptions());
  });
  Database database;
  if (looked.ok()) {
    looked = rocksdb::DB::OpenForReadOnly(options, path, all, &database.families_, &database.db_);
  }
  return to_status(looked, "cannot open " + path);
}

Result<bool> Database::is_in(const std::string& path) {
  return store::is_there(path + "/CURRENT");
}

Database::~Database() {
  if (db_ == nullptr) {
    return;
  }
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    db_->DestroyColumnFamilyHandle(family);
  }
  db_->Close();
  delete db_;
}

// Allowing deletions again makes RocksDB look through the folder, and it waits for that.
Result<bool> remove_older_files(rocksdb::DB& db, const std::string& path) {
  rocksdb::Status done = db.DisableFileDeletions();
  if (done.ok()) {
    done = db.EnableFileDeletions(false);
  }
  std::vector<std::string> present;
  uint64_t manifest_octets = 0;
  std::unique_ptr<rocksdb::LogFile> log;
  std::vector<std::string> all;
  if (done.ok()) {
    done = db.GetLiveFiles(present, &manifest_octets, false);
  }
  if (done.ok()) {
    done = db.GetCurrentWalFile(&log);
  }
  if (done.ok()) {
    done = db.GetEnv()->GetChildren(path, &all);
  }
  const Status looked = to_status(done, "cannot remove old files of " + path);
  if (!looked) {
    return looked.error();
  }
  const auto is_older = [&](const std::string& name) {
    if (name.ends_with(".log")) {
      uint64_t octets = 0;
      const bool is_there = db.GetEnv()->GetFileSize(path + "/" + name, &octets).ok();
      return is_there && octets > 0 && "/" + name != log->PathName();
    }
    const bool counts = name.ends_with(".sst") || name.starts_with("MANIFEST-");
    return counts && std::ranges::find(present, "/" + name) == present.end();
  };
  return std::ranges::none_of(all, is_older);
}

rocksdb::DBOptions common_options(rocksdb::Env& env) {
  rocksdb::DBOptions options;
  options.env = &env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.info_log = std::make_shared<NoWords>();
  options.max_bgerror_resume_count = 0;  // A database that failed is opened anew (fenced_files.h).
  options.max_manifest_file_size = kManifestOctetsMax;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

}  // namespace etymon::store

#include "store/upkeep/backup.h"

#include <rocksdb/utilities/checkpoint.h>

#include <filesystem>
#include <limits>
#include <memory>

#include "store/database.h"
#include "store/format_file.h"
#include "store/upkeep/closed_store.h"
#include "store/upkeep/folders.h"

namespace etymon::store {
namespace {

constexpr const char* kPartial = ".partial";

Error taken(const std::string& path, const std::string& why) {
  return {ErrorCode::kAlreadyExists, path + " exists" + why};
}

Status check_free(const std::string& folder) {
  std::error_code ignored;
  const std::string partial = folder + kPartial;
  return std::filesystem::exists(partial, ignored)
             ? Status(taken(partial, ": a copy is under way, or one did not end; remove it then"))
             : Status();
}

Status fill_backup(const std::string& folder, const CopyDatabase& journal,
                   const CopyDatabase& tables) {
  Status done = check_format(folder, *rocksdb::Env::Default());
  if (done) {
    done = journal(folder + "/journal");
  }
  if (done) {
    done = tables(folder + "/tables");
  }
  return done ? sync_folder(folder) : done;
}

Status check_copy(const std::string& folder) {
  const Result<VerifyReport> report = verify_closed(folder);
  if (!report) {
    return report.error();
  }
  return report->is_sound() ? Status()
                            : Status(Error{ErrorCode::kDataLoss,
                                           "the backup is damaged: " + report->findings.front()});
}

Status fill_store(const std::string& backup, const std::string& folder) {
  Status done = copy_folder(backup, folder);
  if (done) {
    done = check_copy(folder);
  }
  return done ? sync_folder(folder) : done;
}

// Gives what was made under another name its own, or removes it.
Status put_in_place(const Status& made, const std::string& folder) {
  const Status placed = made ? rename_folder(folder + kPartial, folder) : made;
  if (!placed) {
    remove_folder(folder + kPartial);
  }
  return placed;
}

}  // namespace

Status copy_database(rocksdb::DB& database, const std::string& path, Logs logs) {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status done = rocksdb::Checkpoint::Create(&database, &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (done.ok()) {
    done = checkpoint->CreateCheckpoint(
        path, logs == Logs::kFlush ? 0 : std::numeric_limits<uint64_t>::max());
  }
  return to_status(done, "cannot copy into " + path);
}

Status write_backup(const std::string& given, const CopyDatabase& journal,
                    const CopyDatabase& tables) {
  const std::string folder = without_slash(given);
  std::error_code ignored;
  if (std::filesystem::exists(folder, ignored)) {
    return taken(folder, "");
  }
  const Status is_free = check_free(folder);
  return is_free ? put_in_place(fill_backup(folder + kPartial, journal, tables), folder) : is_free;
}

Status restore(const std::string& backup, const std::string& given) {
  const std::string folder = without_slash(given);
  if (!std::filesystem::exists(backup + "/FORMAT")) {
    return Error{ErrorCode::kNotFound, backup + " is no backup: it has no file FORMAT"};
  }
  const Result<unsigned> version = read_format(backup);
  if (!version) {
    return version.error();
  }
  if (is_taken(folder)) {
    return taken(folder, " and is not empty");
  }
  const Status is_free = check_free(folder);
  return is_free ? put_in_place(fill_store(backup, folder + kPartial), folder) : is_free;
}

}  // namespace etymon::store

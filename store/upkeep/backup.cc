#include "store/upkeep/backup.h"

#include <filesystem>

#include "store/files/folders.h"
#include "store/files/format_file.h"

namespace etymon::store {
namespace {

// What the disk says of making the folder is about that folder, and not about the store.
Status make_backup_folder(const std::string& folder) {
  const Result<bool> made = make_folder(folder);
  if (!made && made.error().code == ErrorCode::kIo) {
    return Error{ErrorCode::kPermissionDenied, made.error().message};
  }
  return made ? Status() : made.error();
}

Status fill_backup(const std::string& folder, const Sources& sources, Meter& meter) {
  Status done = check_format(folder, *rocksdb::Env::Default());
  if (done) {
    done = sources.journal(folder + "/journal", meter);
  }
  if (done) {
    done = sources.tables(folder + "/tables", meter);
  }
  return done ? sync_folder(folder) : done;
}

}  // namespace

Status write_backup(const std::string& given, const Sources& sources, Meter& meter) {
  const std::string folder = without_slash(given);
  const std::filesystem::path parent = std::filesystem::path(folder).parent_path();
  std::error_code error;  // the name may be too long, or a folder above closed to us
  if (!parent.empty() && !std::filesystem::is_directory(parent, error)) {
    const bool is_too_long = error == std::errc::filename_too_long;
    return Error{is_too_long ? ErrorCode::kInvalidArgument : ErrorCode::kNotFound,
                 parent.string() + " is no folder, so no backup can be there" +
                     (error ? ": " + error.message() : "")};
  }
  Status made = check_free(folder);
  if (made) {
    made = make_backup_folder(partial(folder));
  }
  if (made) {
    made = put_in_place(fill_backup(partial(folder), sources, meter), folder);
  }
  if (made) {
    meter.finish();
  }
  return made;
}

}  // namespace etymon::store

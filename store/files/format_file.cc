#include "store/files/format_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "store/files/database.h"
#include "store/files/folders.h"

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLine = "etymon store format ";

Error system_error(const std::string& what, int number) {
  const bool denied = number == EACCES || number == EPERM || number == EROFS;
  return {denied ? ErrorCode::kPermissionDenied : ErrorCode::kIo,
          what + ": " + std::strerror(number)};
}

Status create_folder(const std::string& folder, rocksdb::Env& env) {
  std::error_code error;
  const fs::path parent = fs::path(folder).parent_path();
  if (!parent.empty()) {
    fs::create_directories(parent, error);
  }
  if (error) {
    return system_error("cannot create " + folder + ": " + parent.string(), error.value());
  }
  if (mkdir(folder.c_str(), S_IRWXU) == 0) {
    return sync_names(parent.empty() ? "." : parent.string(), env);
  }
  if (errno != EEXIST) {
    return system_error("cannot create " + folder, errno);
  }
  if (!fs::is_directory(folder, error) && !error) {
    return Error{ErrorCode::kIo, folder + " is no folder"};
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return system_error("cannot write in " + folder, errno);
  }
  return {};
}

// Written beside and renamed, so that the file is never there without its line; and on the disk
// before anything else, so that no power loss leaves data without it.
Status write_version(const std::string& folder, const std::string& file, rocksdb::Env& env) {
  const std::string beside = file + ".new";
  const std::string text = kLine + std::to_string(kFormatVersion) + "\n";
  rocksdb::Status done = rocksdb::WriteStringToFile(&env, text, beside, true);
  if (done.ok()) {
    done = env.RenameFile(beside, file);
  }
  const Status written = to_status(done, "cannot create " + file);
  return written ? sync_names(folder, env) : written;
}

// Neither half of a store is taken for one, nor is a store begun beside it.
Status check_no_restore(const std::string& folder) {
  std::error_code ignored;
  return fs::exists(folder + kRestoring, ignored) && !fs::exists(folder + "/FORMAT", ignored)
             ? Status(Error{ErrorCode::kFailedPrecondition,
                            "a restore into " + folder +
                                " has not ended: run it again, or empty the folder"})
             : Status();
}

// Of a folder with data in it. A repair puts FORMAT aside first, and writes it anew at its end.
Error without_format(const std::string& folder) {
  const auto names = names_in(folder);
  const bool is_cut_short = names && std::ranges::any_of(*names, [](const std::string& name) {
                              return "/" + name == kRepaired || name.starts_with(kPutAside);
                            });
  return {ErrorCode::kDataLoss,
          folder + " holds a store whose file FORMAT is missing; " +
              (is_cut_short ? "a repair of it has not ended: run etymond --repair again"
                            : "etymond --repair keeps what can be read")};
}

}  // namespace

Status sync_names(const std::string& folder, rocksdb::Env& env) {
  std::unique_ptr<rocksdb::Directory> directory;
  rocksdb::Status done = env.NewDirectory(folder, &directory);
  if (done.ok()) {
    done = directory->Fsync();
  }
  return to_status(done, "cannot sync " + folder);
}

Result<unsigned> read_format(const std::string& folder) {
  const std::string file = folder + "/FORMAT";
  if (faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) != 0 && errno == EACCES) {
    return system_error("cannot read " + file, errno);
  }
  if (const Status restored = check_no_restore(folder); !restored) {
    return restored.error();
  }
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  unsigned version = 0;
  if (std::sscanf(line.c_str(), "etymon store format %u", &version) != 1 || version == 0) {
    return Error{ErrorCode::kDataLoss, file + " does not say which format the store is in"};
  }
  if (version > kFormatVersion) {
    return Error{ErrorCode::kFailedPrecondition,
                 file + ": the store is in format " + std::to_string(version) +
                     ", this program knows formats up to " + std::to_string(kFormatVersion) +
                     "; use the newer program that wrote it"};
  }
  return version;
}

Status write_format(const std::string& folder, rocksdb::Env& env) {
  return write_version(folder, folder + "/FORMAT", env);
}

Status check_format(const std::string& folder, rocksdb::Env& env) {
  const Status created = create_folder(folder, env);
  const Status may_begin = created ? check_no_restore(folder) : created;
  if (!may_begin) {
    return may_begin;
  }
  const std::string file = folder + "/FORMAT";
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    const Result<unsigned> version = read_format(folder);
    return version ? Status() : Status(version.error());
  }
  if (fs::exists(folder + "/journal", ignored) || fs::exists(folder + "/tables", ignored)) {
    return without_format(folder);
  }
  return write_version(folder, file, env);
}

}  // namespace etymon::store

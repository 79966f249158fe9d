#include "store/files/folders.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

Status outcome(const std::error_code& error, const std::string& what) {
  if (!error) {
    return {};
  }
  ErrorCode code = ErrorCode::kIo;
  if (error == std::errc::permission_denied || error == std::errc::read_only_file_system) {
    code = ErrorCode::kPermissionDenied;
  } else if (error == std::errc::no_space_on_device) {
    code = ErrorCode::kResourceExhausted;
  } else if (error == std::errc::filename_too_long) {
    code = ErrorCode::kInvalidArgument;
  }
  return Error{code, what + ": " + error.message()};
}

std::error_code last_error() {
  return {errno, std::generic_category()};
}

Status sync_one(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return outcome(last_error(), "cannot open " + path);
  }
  const Status synced =
      fsync(descriptor) == 0 ? Status() : outcome(last_error(), "cannot sync " + path);
  ::close(descriptor);
  return synced;
}

// A recursive copy by the standard library throws what it meets while it reads names.
std::error_code copy_one(const fs::path& from, const fs::path& to) {
  std::error_code error;
  const bool is_folder = fs::is_directory(from, error);
  if (!error) {
    is_folder ? fs::create_directory(to, from, error) : fs::copy_file(from, to, error);
  }
  return error;
}

std::string folder_above(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

}  // namespace

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') {
    path.pop_back();
  }
  return path;
}

Result<bool> is_there(const std::string& path) {
  std::error_code error;
  const bool found = fs::exists(path, error);
  const Status looked = outcome(error, "cannot look at " + path);
  return looked ? Result<bool>(found) : looked.error();
}

Result<std::vector<std::string>> file_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::error_code ignored;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(ignored)) {
      names.push_back(it->path().filename().string());
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return outcome(error, "cannot read " + folder).error();
  }
  return names;
}

Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  const Status read = outcome(error, "cannot read " + folder);
  return read ? Result<std::vector<std::string>>(std::move(names)) : read.error();
}

bool is_within(const std::string& path, const std::string& folder) {
  std::error_code error;
  const fs::path inner = fs::weakly_canonical(path, error);
  const fs::path outer = error ? fs::path() : fs::canonical(folder, error);
  return !error &&
         std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

std::string partial(const std::string& folder) {
  return folder + ".partial";
}

Status check_free(const std::string& folder) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(folder, error))) {
    return Error{ErrorCode::kAlreadyExists, folder + " exists"};
  }
  const std::string other = partial(folder);
  return fs::exists(other, error)
             ? Status(Error{ErrorCode::kAlreadyExists,
                            other + " exists: a copy is under way, or one did not end; remove it "
                                    "then"})
             : Status();
}

Status put_in_place(const Status& made, const std::string& folder) {
  const Status placed = made ? rename_folder(partial(folder), folder) : made;
  if (!placed) {
    remove_folder(partial(folder));
  }
  return placed;
}

Result<bool> make_folder(const std::string& path) {
  const bool is_made = mkdir(path.c_str(), S_IRWXU) == 0;
  const Status made =
      is_made || errno == EEXIST ? Status() : outcome(last_error(), "cannot create " + path);
  return made ? Result<bool>(is_made) : made.error();
}

Result<int> hold_folder(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    return descriptor;
  }
  const std::error_code why = last_error();
  ::close(descriptor);
  return outcome(why, "cannot have " + path + " alone").error();
}

Status copy_folder(const std::string& from, const std::string& to) {
  if (mkdir(to.c_str(), S_IRWXU) != 0) {
    return outcome(last_error(), "cannot create " + to);
  }
  std::error_code error;
  fs::recursive_directory_iterator it(from, fs::directory_options::follow_directory_symlink, error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    error = copy_one(it->path(), fs::path(to) / it->path().lexically_relative(from));
  }
  return outcome(error, "cannot copy " + from);
}

Status sync_folder(const std::string& folder) {
  std::error_code error;
  Status synced = sync_one(folder);
  for (fs::recursive_directory_iterator it(folder, error), end; !error && synced && it != end;
       it.increment(error)) {
    synced = sync_one(it->path());
  }
  return synced ? outcome(error, "cannot read " + folder) : synced;
}

Status rename_folder(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  const Status renamed = outcome(error, "cannot create " + to);
  return renamed ? sync_one(folder_above(to)) : renamed;
}

void remove_folder(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace etymon::store

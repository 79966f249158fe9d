#include "store/format_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace etymon::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLine = "etymon store format ";

Error system_error(const std::string& what, int number) {
  const bool denied = number == EACCES || number == EPERM || number == EROFS;
  return {denied ? ErrorCode::kPermissionDenied : ErrorCode::kIo,
          what + ": " + std::strerror(number)};
}

Status create_folder(const std::string& folder) {
  std::error_code error;
  const fs::path parent = fs::path(folder).parent_path();
  if (!parent.empty()) {
    fs::create_directories(parent, error);
  }
  if (mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return system_error("cannot create " + folder, errno);
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return system_error("cannot write in " + folder, errno);
  }
  return {};
}

// Written beside and renamed, so that the file is never there without its line.
Status write_version(const std::string& file) {
  const std::string beside = file + ".new";
  const std::string text = kLine + std::to_string(kFormatVersion) + "\n";
  const int descriptor = open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return system_error("cannot create " + beside, errno);
  }
  const bool written =
      write(descriptor, text.data(), text.size()) == std::ssize(text) && fsync(descriptor) == 0;
  const int number = errno;
  close(descriptor);
  if (!written) {
    return system_error("cannot write " + beside, number);
  }
  if (rename(beside.c_str(), file.c_str()) != 0) {
    return system_error("cannot create " + file, errno);
  }
  return {};
}

Status check_version(const std::string& file) {
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
  return {};
}

}  // namespace

Status check_format(const std::string& folder) {
  const Status created = create_folder(folder);
  if (!created) {
    return created;
  }
  const std::string file = folder + "/FORMAT";
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    return check_version(file);
  }
  if (fs::exists(folder + "/journal", ignored) || fs::exists(folder + "/tables", ignored)) {
    return Error{ErrorCode::kDataLoss, folder + " holds a store whose file FORMAT is missing"};
  }
  return write_version(file);
}

}  // namespace etymon::store

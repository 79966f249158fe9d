#include "resolver/base/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace etymon {
namespace {

Error cannot_read(const std::string& path, const std::string& why,
                  ErrorCode code = ErrorCode::kIo) {
  return {code, path + ": cannot be read: " + why};
}

}  // namespace

std::string stamp_of(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    return {};
  }
  return std::to_string(found.st_ino) + " " + std::to_string(found.st_size) + " " +
         std::to_string(found.st_ctim.tv_sec) + "." + std::to_string(found.st_ctim.tv_nsec);
}

Result<std::string> read_regular_file(const std::string& path, size_t octets_max, size_t begin) {
  // Whoever opens a pipe waits for its writer otherwise.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return cannot_read(path, strerror(errno),
                       errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo);
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(fdopen(fd, "r"), std::fclose);
  struct stat status {};
  if (file == nullptr || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    return cannot_read(path, "it is no file");
  }
  if (fseeko(file.get(), static_cast<off_t>(begin), SEEK_SET) != 0) {
    return cannot_read(path, strerror(errno));
  }
  std::string text;
  std::array<char, 65'536> chunk{};
  while (const size_t got = std::fread(
             chunk.data(), 1, std::min(chunk.size(), octets_max - text.size()), file.get())) {
    text.append(chunk.data(), got);
  }
  if (std::ferror(file.get()) != 0) {
    return cannot_read(path, strerror(errno));
  }
  return text;
}

}  // namespace etymon

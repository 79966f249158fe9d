#include "api/daemon/read_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace etymon::daemon {

namespace {

Error cannot_read(const std::string& path, const std::string& why) {
  return {ErrorCode::kInvalidArgument, path + ": cannot be read: " + why};
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t octets_max) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             std::fclose);
  if (file == nullptr) {
    return cannot_read(path, strerror(errno));
  }
  std::string text;
  std::array<char, 65'536> chunk{};
  while (const size_t got = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    text.append(chunk.data(), got);
    if (text.size() > octets_max) {
      return cannot_read(path, "more than " + std::to_string(octets_max) + " octets");
    }
  }
  if (std::ferror(file.get()) != 0) {
    return cannot_read(path, strerror(errno));
  }
  return text;
}

}  // namespace etymon::daemon

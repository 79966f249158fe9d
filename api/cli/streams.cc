#include "api/cli/streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "api/command_line.h"

namespace etymon::cli {

namespace {

Error cannot_write() {
  return {ErrorCode::kIo, "cannot write the answer: " + std::string(strerror(errno))};
}

}  // namespace

InputFile::InputFile(const std::string& path)
    : fd_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      opened_(fd_ < 0 ? Status(Error{ErrorCode::kIo, path + ": " + strerror(errno)}) : Status()) {}

InputFile::~InputFile() {
  if (fd_ > STDIN_FILENO) {
    close(fd_);
  }
}

uint64_t size_of(const std::string& path) {
  std::error_code none;
  const uintmax_t size = std::filesystem::file_size(path, none);
  return none ? 0 : size;
}

Status print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    return cannot_write();
  }
  return {};
}

Status flush() {
  if (std::fflush(stdout) != 0) {
    return cannot_write();
  }
  return {};
}

Status print_now(std::string_view text) {
  const Status done = print(text);
  return done ? flush() : done;
}

void remark(const std::string& text) {
  const std::string line = api::error_line("etymon", text);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

Result<ExitStatus> printed(std::string_view text, ExitStatus status) {
  const Status done = print_now(text);
  return done ? Result<ExitStatus>(status) : done.error();
}

}  // namespace etymon::cli

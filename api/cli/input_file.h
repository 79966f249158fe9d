// InputFile: a file to read, or standard input, which is not ours to close. Belongs to one thread.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace etymon::cli {

class InputFile {
 public:
  // "-": standard input.
  explicit InputFile(const std::string& path)
      : fd_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~InputFile() {
    if (fd_ > STDIN_FILENO) {
      close(fd_);
    }
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // Negative: it could not be opened, and errno says why.
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace etymon::cli

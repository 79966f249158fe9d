// The command's input and output: files, standard input, standard output. Used by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/cli/exit_status.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// An input file, or standard input ("-"), which is not ours to close.
class Input {
 public:
  explicit Input(const std::string& path);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // Below 0: it could not be opened, errno says why.
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Octets of a file; 0 of what has no size, such as a pipe.
uint64_t size_of(const std::string& path);

// To standard output. Error kIo.
Status print(std::string_view text);
// Lets out what was printed: to a reader at the other end of a pipe, too.
Status flush();
// Both.
Status print_now(std::string_view text);
// All that a command has to say, and how it ends.
Result<ExitStatus> printed(std::string_view text, ExitStatus status = ExitStatus::kOk);

}  // namespace etymon::cli

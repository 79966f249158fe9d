// The command's input and output: files, standard input, output and error. Used by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/cli/exit_status.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// An input file, or standard input ("-"), which is not ours to close.
class InputFile {
 public:
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // Error kIo, which names the file.
  const Status& opened() const { return opened_; }
  // REQUIRES: opened().
  int fd() const { return fd_; }

 private:
  int fd_;
  Status opened_;
};

// Octets of a file; 0 of what has no size, such as a pipe.
uint64_t size_of(const std::string& path);

// To standard output. Error kIo.
Status print(std::string_view text);
// Lets out what was printed: to a reader at the other end of a pipe, too.
Status flush();
// Both.
Status print_now(std::string_view text);
// One line to standard error, behind the command's name: what the answer itself does not say.
void remark(const std::string& text);
// All that a command has to say, and how it ends.
Result<ExitStatus> printed(std::string_view text, ExitStatus status = ExitStatus::kOk);

}  // namespace etymon::cli

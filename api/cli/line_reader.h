// LineReader: the lines of a stream, as they come. Belongs to one thread, but for cancel().
//
// fill() waits for some octets; next() then gives the whole lines among them. So a reader that
// answers all of next() before it fills again keeps nobody waiting who writes line by line into a
// pipe, and gets thousands at a time from a file. Memory: one read and one line at most; a line
// that is longer than that comes in pieces.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/result.h"

namespace etymon::cli {

class LineReader {
 public:
  // What of a line one Line holds: all of it, or its first or a further piece.
  enum class Part { kWhole, kFirst, kNext };

  struct Line {
    std::string_view text;    // valid until the next call
    std::string_view ending;  // "\n" or "\r\n"; empty behind a piece, and at the stream's end
    Part part = Part::kWhole;
  };

  enum class More { kYes, kEnd };

  // Reads from `fd`, which stays the caller's. Lines of more than `line_max` octets come in pieces.
  LineReader(int fd, size_t line_max);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Waits for octets. kEnd at the end of the stream, once a last line without a line break has been
  // given, and after cancel(). Error kIo.
  Result<More> fill();

  // The next whole line; nothing until the next fill().
  std::optional<Line> next();

  // Any thread: fill() waits no longer.
  void cancel();

 private:
  Result<size_t> wait_and_read();

  // What next() has not given yet.
  std::string_view unread() const {
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
  }

  int fd_;
  size_t line_max_;
  int wake_;  // an eventfd, readable once cancelled
  // Keeps its size: to clear it for each read would cost more than the read where lines come one by
  // one.
  std::string buffer_;
  size_t begin_ = 0;  // of what is unread
  size_t end_ = 0;
  bool inside_ = false;        // of a line that comes in pieces
  bool ended_ = false;         // the stream
  bool unterminated_ = false;  // the last line break is ours
};

}  // namespace etymon::cli

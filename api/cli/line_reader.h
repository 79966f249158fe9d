// LineReader: the lines of a stream, as they come. Belongs to one thread, but for cancel().
//
// fill() waits for some octets; next() then gives the whole lines among them. So a reader that
// answers all of next() before it fills again keeps nobody waiting who writes line by line into a
// pipe, and gets thousands at a time from a file. Memory: one read and one line at most.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/result.h"

namespace etymon::cli {

class LineReader {
 public:
  // Longer lines come cut to this, see Line::cut. A question with every field has 400 octets.
  static constexpr size_t kLineMax = 4096;

  struct Line {
    std::string_view text;  // without its line break; valid until the next call
    bool cut = false;       // it was longer than kLineMax
  };

  enum class More { kYes, kEnd };

  // Reads from `fd`, which stays the caller's.
  explicit LineReader(int fd);
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

  int fd_;
  int wake_;  // an eventfd, readable once cancelled
  std::string buffer_;
  size_t begin_ = 0;       // of what next() has not given yet
  bool skipping_ = false;  // inside a line that was cut
  bool ended_ = false;
};

}  // namespace etymon::cli

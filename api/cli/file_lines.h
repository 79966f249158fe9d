// FileLines: the lines of a file that is read to its end, of bounded length. Belongs to one thread.
//
// LineReader is its sister for streams whose writer waits for answers.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/result.h"

namespace etymon::cli {

class FileLines {
 public:
  // A delivery with the longest chain and the most addresses takes less, as JSON.
  static constexpr size_t kLineMax = 512 << 10;

  struct Line {
    std::string_view text;  // without its line break; valid until the next call
    bool is_cut = false;    // it was longer than kLineMax
  };

  // `file` stays the caller's.
  explicit FileLines(std::FILE* file) : file_(file) {}

  // Nothing at the end, or when the file can no longer be read: see status().
  std::optional<Line> next();

  // Error kIo.
  Status status() const;

  uint64_t octets() const { return octets_; }  // read so far
  uint64_t number() const { return number_; }  // of the last line, from 1

 private:
  std::FILE* file_;
  std::string line_;
  uint64_t octets_ = 0;
  uint64_t number_ = 0;
};

}  // namespace etymon::cli

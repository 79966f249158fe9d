#include "api/cli/file_lines.h"

#include <cerrno>
#include <cstring>

namespace etymon::cli {

std::optional<FileLines::Line> FileLines::next() {
  line_.clear();
  bool is_cut = false;
  int c = EOF;
  while ((c = getc_unlocked(file_)) != EOF && c != '\n') {
    ++octets_;
    if (line_.size() < kLineMax) {
      line_.push_back(static_cast<char>(c));
    } else {
      is_cut = true;
    }
  }
  if (c == EOF && line_.empty()) {
    return std::nullopt;
  }
  ++octets_;
  ++number_;
  if (line_.ends_with('\r')) {
    line_.pop_back();
  }
  return Line{line_, is_cut};
}

Status FileLines::status() const {
  return std::ferror(file_) == 0
             ? Status()
             : Status(Error{ErrorCode::kIo, "cannot read: " + std::string(strerror(errno))});
}

}  // namespace etymon::cli

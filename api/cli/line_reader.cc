#include "api/cli/line_reader.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace etymon::cli {

namespace {

// Half of what one request of a stream may have; questions are smaller in protobuf than in JSON.
constexpr size_t kReadMax = 32 << 10;

Error read_error() {
  return {ErrorCode::kIo, "cannot read: " + std::string(strerror(errno))};
}

}  // namespace

LineReader::LineReader(int fd, size_t line_max)
    : fd_(fd), line_max_(line_max), wake_(eventfd(0, EFD_CLOEXEC)) {}

LineReader::~LineReader() {
  close(wake_);
}

void LineReader::cancel() {
  eventfd_write(wake_, 1);
}

Result<LineReader::More> LineReader::fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  if (ended_) {
    return More::kEnd;
  }
  const Result<size_t> got = wait_and_read();
  if (!got) {
    return got.error();
  }
  if (*got == 0) {
    ended_ = true;
    // A last line without a line break is a line.
    if (!buffer_.empty()) {
      buffer_ += '\n';
      unterminated_ = true;
      return More::kYes;
    }
    return More::kEnd;
  }
  return More::kYes;
}

// Octets that were read behind the buffer; 0 at the end, and when cancelled.
Result<size_t> LineReader::wait_and_read() {
  pollfd watched[] = {{fd_, POLLIN, 0}, {wake_, POLLIN, 0}};
  if (poll(watched, 2, -1) < 0 && errno != EINTR) {
    return read_error();
  }
  if (watched[1].revents != 0) {
    return size_t{0};
  }
  const size_t before = buffer_.size();
  buffer_.resize(before + kReadMax);
  ssize_t got = -1;
  do {
    got = read(fd_, buffer_.data() + before, kReadMax);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<size_t>(got < 0 ? 0 : got));
  if (got < 0) {
    return read_error();
  }
  return static_cast<size_t>(got);
}

std::optional<LineReader::Line> LineReader::next() {
  const size_t line_break = buffer_.find('\n', begin_);
  const bool whole = line_break != std::string::npos;
  const size_t length = (whole ? line_break : buffer_.size()) - begin_;
  const Part rest_or_first = inside_ ? Part::kNext : Part::kFirst;
  if (length > line_max_) {
    const Line piece{std::string_view(buffer_).substr(begin_, line_max_), {}, rest_or_first};
    inside_ = true;
    begin_ += line_max_;
    return piece;
  }
  if (!whole) {
    return std::nullopt;
  }
  Line line{std::string_view(buffer_).substr(begin_, length),
            std::string_view(buffer_).substr(line_break, 1), inside_ ? Part::kNext : Part::kWhole};
  inside_ = false;
  begin_ = line_break + 1;
  if (unterminated_ && begin_ == buffer_.size()) {
    line.ending = {};
  }
  if (line.text.ends_with('\r') && !line.ending.empty()) {
    line.ending = {line.text.data() + line.text.size() - 1, 2};
    line.text.remove_suffix(1);
  }
  return line;
}

}  // namespace etymon::cli

#include "api/cli/line_reader.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace etymon::cli {

namespace {

// Some hundred lines of any log: several groups of questions for one read.
constexpr size_t kReadMax = 128 << 10;

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
  const std::string_view rest = unread();
  std::memmove(buffer_.data(), rest.data(), rest.size());
  end_ = rest.size();
  begin_ = 0;
  if (ended_) {
    return More::kEnd;
  }
  buffer_.resize(std::max(buffer_.size(), end_ + kReadMax));
  const Result<size_t> got = wait_and_read();
  if (!got) {
    return got.error();
  }
  if (*got == 0) {
    ended_ = true;
    // A last line without a line break is a line.
    if (end_ > 0) {
      buffer_[end_++] = '\n';
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
  ssize_t got = -1;
  do {
    got = read(fd_, buffer_.data() + end_, kReadMax);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return read_error();
  }
  end_ += static_cast<size_t>(got);
  return static_cast<size_t>(got);
}

std::optional<LineReader::Line> LineReader::next() {
  const std::string_view text = unread();
  const size_t line_break = text.find('\n');
  const bool whole = line_break != std::string_view::npos;
  const size_t length = whole ? line_break : text.size();
  const Part rest_or_first = inside_ ? Part::kNext : Part::kFirst;
  if (length > line_max_) {
    const Line piece{text.substr(0, line_max_), {}, rest_or_first};
    inside_ = true;
    begin_ += line_max_;
    return piece;
  }
  if (!whole) {
    return std::nullopt;
  }
  Line line{text.substr(0, length), text.substr(length, 1), inside_ ? Part::kNext : Part::kWhole};
  inside_ = false;
  begin_ += length + 1;
  if (unterminated_ && begin_ == end_) {
    line.ending = {};
  }
  if (line.text.ends_with('\r') && !line.ending.empty()) {
    line.ending = {line.text.data() + line.text.size() - 1, 2};
    line.text.remove_suffix(1);
  }
  return line;
}

}  // namespace etymon::cli

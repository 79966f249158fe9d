#include "api/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace etymon::cli {

namespace {

constexpr Milliseconds kRedraw(100);
constexpr size_t kWidthUnknown = 80;  // columns, as all below
constexpr size_t kBarMin = 10;
constexpr size_t kBarMax = 40;

void write_all(int fd, const std::string& text) {
  // A progress line that cannot be drawn is not missed.
  [[maybe_unused]] const ssize_t written = write(fd, text.data(), text.size());
}

std::string bar(size_t width, double share) {
  const auto done = static_cast<size_t>(std::lround(static_cast<double>(width) * share));
  return "[" + std::string(done, '#') + std::string(width - done, '-') + "]";
}

}  // namespace

std::string progress_line(const std::string& what, double share, const Style& style) {
  constexpr size_t kBesidesBar = 2 * 2 + 2 + 5;  // two gaps, two brackets, "100 %"
  const double done = std::clamp(share, 0.0, 1.0);
  const std::string percent = std::to_string(std::lround(done * 100)) + " %";
  const std::string name = printable(what);
  const size_t width = style.width == 0 ? kWidthUnknown : style.width;
  if (name.size() + kBesidesBar + kBarMin > width) {
    return percent;
  }
  const size_t room = width - name.size() - kBesidesBar;
  return name + "  " + bar(std::min(room, kBarMax), done) + "  " + percent;
}

Progress::Progress(int fd, const Clock& clock)
    : fd_(fd), clock_(clock), terminal_(isatty(fd) != 0) {}

Progress::~Progress() {
  clear();
}

void Progress::show(const std::string& what, double share) {
  const MonotonicTime now = clock_.monotonic();
  if (!terminal_ || (shown_ && now < next_)) {
    return;
  }
  write_all(fd_, "\r\x1b[K" + progress_line(what, share, style_of(fd_)));
  shown_ = true;
  next_ = now + kRedraw;
}

void Progress::clear() {
  if (shown_) {
    write_all(fd_, "\r\x1b[K");
    shown_ = false;
  }
}

}  // namespace etymon::cli

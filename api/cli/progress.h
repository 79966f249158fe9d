// Progress: one line on a terminal that says how far something long has come. Belongs to one
// thread.
#pragma once

#include <string>

#include "api/cli/terminal.h"
#include "resolver/base/clock.h"

namespace etymon::cli {

// "capture.pcap  [#####-----]  50 %", no wider than `style.width`. `share`: 0 to 1.
std::string progress_line(const std::string& what, double share, const Style& style);

class Progress {
 public:
  // Draws on `fd`, and only if that is a terminal.
  Progress(int fd, const Clock& clock);
  ~Progress();  // as clear()
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // At most ten times a second, however often it is called.
  void show(const std::string& what, double share);
  // Leaves an empty line for other output.
  void clear();

 private:
  int fd_;
  const Clock& clock_;
  bool terminal_;
  bool shown_ = false;
  MonotonicTime next_{};
};

}  // namespace etymon::cli

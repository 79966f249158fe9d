// HostWatcher: keeps learning which address is which device's, on a thread of its own.
//
// It hears the kernel's neighbour table change, reads all of it every minute, and looks for changed
// lease files every ten seconds, or when it is told to; reading files and the table may wait for
// the disk and the kernel, so no loop does it. start() and stop() belong to one thread; `learner`
// and `warn` are called on the watcher's. A source that fails is warned of once, and tried again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/host.h"

namespace etymon::hosts {

enum class Neighbours { kWatch, kIgnore };

class HostWatcher {
 public:
  struct Options {
    Neighbours neighbours = Neighbours::kWatch;
    std::vector<std::string> lease_files;  // absolute or relative to the working folder
  };
  using Warn = std::function<void(const std::string&)>;

  // `learner` and `clock` outlive it.
  HostWatcher(Options options, HostLearner& learner, const Clock& clock, Warn warn);
  ~HostWatcher();  // stops
  HostWatcher(const HostWatcher&) = delete;
  HostWatcher& operator=(const HostWatcher&) = delete;

  void start();
  void stop();

  // Looks for lease files, and reads the neighbour table, at once. Any thread.
  void look_now();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace etymon::hosts

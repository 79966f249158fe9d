// Processors: on which of the machine's the process may run, and threads that stay on some of them.
#pragma once

#include <sched.h>

#include <optional>
#include <span>
#include <vector>

namespace etymon::daemon {

// Those that the process was given (taskset, cpuset, AllowedCPUs=), in the kernel's numbering,
// ascending. Empty: the kernel does not tell.
std::vector<unsigned> usable_processors();

// While it lives, the calling thread stays on these processors; threads that it starts meanwhile
// stay there for good. Belongs to that thread. Without any, or where the kernel refuses, nothing
// changes: it makes for speed, not for right answers.
class OnProcessors {
 public:
  explicit OnProcessors(std::span<const unsigned> processors);
  ~OnProcessors();
  OnProcessors(const OnProcessors&) = delete;
  OnProcessors& operator=(const OnProcessors&) = delete;

 private:
  std::optional<cpu_set_t> before_;  // nothing: there is nothing to undo
};

}  // namespace etymon::daemon

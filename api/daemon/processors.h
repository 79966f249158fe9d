// Processors: on which of the machine's the process may run, and threads that stay on one of them.
#pragma once

#include <sched.h>

#include <optional>
#include <vector>

namespace etymon::daemon {

// Those that the process was given (taskset, cpuset, AllowedCPUs=), in the kernel's numbering,
// ascending. Empty: the kernel does not tell.
std::vector<unsigned> usable_processors();

// While it lives, the calling thread stays on one processor; threads that it starts meanwhile stay
// there for good. Belongs to that thread. Without a processor, or where the kernel refuses, nothing
// changes: it makes for speed, not for right answers.
class OnProcessor {
 public:
  explicit OnProcessor(std::optional<unsigned> processor);
  ~OnProcessor();
  OnProcessor(const OnProcessor&) = delete;
  OnProcessor& operator=(const OnProcessor&) = delete;

 private:
  std::optional<cpu_set_t> before_;  // nothing: there is nothing to undo
};

}  // namespace etymon::daemon

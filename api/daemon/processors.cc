#include "api/daemon/processors.h"

namespace etymon::daemon {
namespace {

constexpr pid_t kThisThread = 0;

std::optional<cpu_set_t> allowed() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(kThisThread, sizeof set, &set) == 0 ? std::optional(set) : std::nullopt;
}

}  // namespace

std::vector<unsigned> usable_processors() {
  std::vector<unsigned> usable;
  const std::optional<cpu_set_t> set = allowed();
  for (unsigned number = 0; set && number < CPU_SETSIZE; ++number) {
    if (CPU_ISSET(number, &*set)) {
      usable.push_back(number);
    }
  }
  return usable;
}

OnProcessors::OnProcessors(std::span<const unsigned> processors) {
  if (processors.empty()) {
    return;
  }
  before_ = allowed();
  cpu_set_t some;
  CPU_ZERO(&some);
  for (const unsigned number : processors) {
    CPU_SET(number, &some);
  }
  static_cast<void>(sched_setaffinity(kThisThread, sizeof some, &some));
}

OnProcessors::~OnProcessors() {
  if (before_) {
    static_cast<void>(sched_setaffinity(kThisThread, sizeof *before_, &*before_));
  }
}

}  // namespace etymon::daemon

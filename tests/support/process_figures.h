// What a process takes, as the kernel counts it; and descriptors for a test that opens many. Linux.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace etymon::testing {

inline size_t descriptors_of(pid_t process) {
  const std::filesystem::directory_iterator open("/proc/" + std::to_string(process) + "/fd");
  return static_cast<size_t>(std::distance(begin(open), end(open)));
}

// "VmRSS": octets in memory now; "VmHWM": the most since forget_peak_of().
inline size_t memory_of(pid_t process, const std::string& field) {
  constexpr size_t kKibibyte = 1024;
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  size_t kibibytes = 0;
  for (std::string word; status >> word;) {
    if (word == field + ":") {
      status >> kibibytes;
    }
  }
  return kibibytes * kKibibyte;
}

inline void forget_peak_of(pid_t process) {
  std::ofstream("/proc/" + std::to_string(process) + "/clear_refs") << "5";
}

// This process may open so many. False: the system does not allow it.
inline bool allow_descriptors(size_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, count);
  limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);  // root may
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace etymon::testing

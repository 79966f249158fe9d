// What a program that is to be killed, and the test that kills it, agree on.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "store/store.h"
#include "tests/unit/store/deliveries.h"

namespace etymon::store {

// What the child has done, in a file that both have mapped: seen by the parent after the kill.
struct Progress {
  std::atomic<uint64_t> begun{0};
  std::atomic<uint64_t> acknowledged{0};
};

// Null when the file cannot be mapped. A file of zeros is a Progress that has not begun.
inline Progress* map_progress(const std::string& folder) {
  const int file = open((folder + "/progress").c_str(), O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, sizeof(Progress)) != 0) {
    return nullptr;
  }
  void* memory = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return memory == MAP_FAILED ? nullptr : static_cast<Progress*>(memory);
}

inline Options crash_options(const std::string& folder) {
  Options options;
  options.path = folder + "/store";
  options.tail_deliveries_max = 1000;
  options.record_wait = Milliseconds(1000);
  return options;
}

// Delivery number n is of name n, so that each can be counted.
inline Answer answer_number(uint64_t n) {
  return answer_of("n" + std::to_string(n) + ".example", {"192.0.2.1"});
}

// What a child that forgets is to forget: every other delivery.
inline constexpr uint64_t kForgottenByChild = 1500;

inline Answer secret_number(uint64_t n) {
  return answer_of("n" + std::to_string(n) + ".secret.example", {"192.0.2.1", "192.0.2.2"});
}

inline ForgetQuery secret_names() {
  return {.name = *DomainName::from_text("secret.example"), .match = NameMatch::kSubtree};
}

}  // namespace etymon::store

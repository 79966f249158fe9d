// Rounds: what the programs of this folder have in common. Each runs a number of rounds from a
// seed, prints what it found, and ends with a line of figures; one finding makes it fail.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace etymon::endurance {

struct Rounds {
  uint64_t count = 10;
  uint32_t seed = 1;
};

// Counts what happened, and what must not have. One thread.
class Report {
 public:
  explicit Report(std::string title) : title_(std::move(title)) {}

  // Something that must never be. Printed at once.
  void find(const std::string& what);
  void count(const std::string& figure, uint64_t by = 1) { figures_[figure] += by; }
  void raise(const std::string& figure, uint64_t to) {
    figures_[figure] = std::max(figures_[figure], to);
  }

  // Prints the last line. The exit status of the program: 1 after any finding.
  int end() const;

 private:
  std::string title_;
  std::map<std::string, uint64_t> figures_;
  uint64_t findings_ = 0;
};

int run_kills(const Rounds& rounds);
int run_power_losses(const Rounds& rounds);
int run_bit_flips(const Rounds& rounds);
int run_steady(const Rounds& rounds);  // a round is a minute

}  // namespace etymon::endurance

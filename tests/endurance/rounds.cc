#include "tests/endurance/rounds.h"

#include <cstdio>

namespace etymon::endurance {

void Report::find(const std::string& what) {
  ++findings_;
  std::printf("FINDING %s\n", what.c_str());
  std::fflush(stdout);
}

int Report::end() const {
  std::printf("%s:", title_.c_str());
  for (const auto& [figure, value] : figures_) {
    std::printf(" %llu %s,", static_cast<unsigned long long>(value), figure.c_str());
  }
  std::printf(" %llu findings\n", static_cast<unsigned long long>(findings_));
  return findings_ == 0 ? 0 : 1;
}

}  // namespace etymon::endurance

// Long tests, with the number of rounds as a parameter.
//
// usage: endure kills|power-loss|bit-flips|steady [--rounds N] [--seed S]
//
// Prints each finding, and a line of figures at the end. Exit status: 0 nothing was found, 1
// something was, 2 wrong arguments. A seed repeats the choices, but not what threads make of them.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "tests/endurance/rounds.h"

namespace etymon::endurance {
namespace {

int run(const Rounds& rounds, std::string_view what) {
  if (what == "kills") {
    return run_kills(rounds);
  }
  if (what == "power-loss") {
    return run_power_losses(rounds);
  }
  if (what == "bit-flips") {
    return run_bit_flips(rounds);
  }
  return what == "steady" ? run_steady(rounds) : 2;
}

bool read_options(int count, char** arguments, Rounds& rounds) {
  for (int i = 2; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const uint64_t value = std::strtoull(arguments[i + 1], nullptr, 10);
    if (value == 0 || (name != "--rounds" && name != "--seed")) {
      return false;
    }
    name == "--rounds" ? rounds.count = value : rounds.seed = static_cast<uint32_t>(value);
  }
  return count >= 2 && count % 2 == 0;
}

}  // namespace
}  // namespace etymon::endurance

int main(int count, char** arguments) {
  etymon::endurance::Rounds rounds;
  if (!etymon::endurance::read_options(count, arguments, rounds)) {
    std::fputs("usage: endure kills|power-loss|bit-flips|steady [--rounds N] [--seed S]\n", stderr);
    return 2;
  }
  try {
    return etymon::endurance::run(rounds, arguments[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "endure: %s\n", e.what());
    return 1;
  }
}

// What a line costs that the command asks about: lookup --file, and annotate of a firewall's log.
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/scenarios.h"

namespace etymon::bench {

// Processor time by process; both threads of the command count.
struct CommandWork {
  std::string name;
  uint64_t lines = 0;
  double seconds = 0;            // from start to end
  double command_us_a_line = 0;  // of etymon
  double server_us_a_line = 0;   // of etymond

  // Lines a second on one core that does the work of both.
  double per_core_second() const { return 1e6 / (command_us_a_line + server_us_a_line); }
};

// Against a warm_server(). All questions differ, so that none is answered from the command's own
// memory. Throws std::runtime_error when the command fails.
std::vector<CommandWork> measure_command(const Surroundings& around);

}  // namespace etymon::bench

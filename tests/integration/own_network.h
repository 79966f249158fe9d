// OwnNetwork: a network namespace that a test's thread moves into, with the programs that it starts
// from there. Needs root; who is none may run a test as the root of a user namespace.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace etymon::testing {

// Runs the command; throws with what it said where it fails.
void must(const std::vector<std::string>& command);

// "ip link set lo up" as a command.
std::vector<std::string> words(const std::string& line);

// Runs the test that is running once more, alone, as the root of a network of its own where lo is
// up, and of mounts of its own, which go with it; that needs no rights. Nothing: it may not here,
// or it is that run already.
std::optional<Finished> run_again_as_root();

// The calling thread in a network of its own, where lo is up, until the object goes.
class OwnNetwork {
 public:
  OwnNetwork();
  ~OwnNetwork();
  OwnNetwork(const OwnNetwork&) = delete;
  OwnNetwork& operator=(const OwnNetwork&) = delete;

  // Why there is none; empty: there is.
  const std::string& why_not() const { return why_not_; }

 private:
  int outside_;
  std::string why_not_;
};

}  // namespace etymon::testing

// OwnNetwork: a network namespace that a test's thread moves into, with the programs that it starts
// from there. Needs root.
#pragma once

#include <string>
#include <vector>

namespace etymon::testing {

// Runs the command; throws with what it said where it fails.
void must(const std::vector<std::string>& command);

// "ip link set lo up" as a command.
std::vector<std::string> words(const std::string& line);

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

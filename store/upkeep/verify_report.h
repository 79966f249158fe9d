// What a verification of the store found. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace etymon::store {

struct VerifyReport {
  uint64_t rows = 0;        // read, of all tables
  uint64_t deliveries = 0;  // in the tables and kept; those in memory are not among them
  uint64_t answers = 0;     // distinct answers in the tables
  // One line each, for people: which table, and what is wrong with it. Empty: the store is sound.
  std::vector<std::string> findings;

  bool is_sound() const { return findings.empty(); }
};

}  // namespace etymon::store

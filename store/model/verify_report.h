// What a verification of the store found. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace etymon::store {

// One way in which one part of the store is wrong.
struct Finding {
  std::string part;        // "journal", "tables" (its files), or a table: "by_address"
  std::string what;        // for people
  uint64_t rows = 0;       // so many; 0: not about rows
  std::string first = {};  // where it was seen first: a key in hexadecimal, or a file; may be empty

  // All of it in one line.
  std::string text() const {
    std::string line = part + ": " + what;
    if (rows > 0) {
      line += "; rows: " + std::to_string(rows);
    }
    return first.empty() ? line : line + ", the first at " + first;
  }
};

struct VerifyReport {
  uint64_t rows = 0;        // read, of all tables
  uint64_t deliveries = 0;  // in the tables and kept
  uint64_t unfolded = 0;    // deliveries in the journal and not in the tables yet
  uint64_t answers = 0;     // distinct answers in the tables
  // Each kind of damage once. Empty: the store is sound.
  std::vector<Finding> findings;

  bool is_sound() const { return findings.empty(); }
};

}  // namespace etymon::store

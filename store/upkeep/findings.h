// Findings: what is wrong with the tables, each kind once, with how often and where first. One
// thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/model/verify_report.h"

namespace etymon::store {

class Findings {
 public:
  // A row of `table` is wrong: `what`.
  void add(const char* table, const std::string& what, std::string_view key);

  std::vector<Finding> list() const;

 private:
  struct Rows {
    uint64_t count = 0;
    std::string first_key;
  };
  std::map<std::pair<std::string, std::string>, Rows> rows_;
};

}  // namespace etymon::store

// What follows a verb in a scenario: flags ("tcp"), and values ("ede=13"). A value; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "resolver/base/result.h"

namespace etymon::scenario {

class Words {
 public:
  // Takes the words from `first` on. Error: one that is neither in `flags` nor, with a '=', in
  // `values`, so that a slip of the pen is no condition that always holds.
  static Result<Words> read(const std::vector<std::string>& words, size_t first,
                            const std::set<std::string>& flags,
                            const std::set<std::string>& values);

  bool has(const std::string& flag) const { return flags_.contains(flag); }
  std::optional<std::string> value(const std::string& name) const;
  // `otherwise` when it is not given. Error: not a number.
  Result<uint32_t> number(const std::string& name, uint32_t otherwise) const;

 private:
  std::set<std::string> flags_;
  std::map<std::string, std::string> values_;
};

// A number, which may be written 0x8000. Error: anything else.
Result<uint32_t> number_from(const std::string& text);

// Octets written as hexadecimal digits. Error: anything else.
Result<std::string> octets_from(const std::string& hex);

}  // namespace etymon::scenario

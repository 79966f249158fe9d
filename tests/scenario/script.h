// A scenario as text: numbered lines cut into words, each with the indented lines below it.
//
// Knows the form only, not what any word means; README.md beside this file has the language. Pure
// functions, any thread. Errors: kInvalidArgument, "LINE: what is wrong".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/result.h"

namespace etymon::scenario {

struct Step {
  size_t line = 0;                 // counted from 1
  std::vector<std::string> words;  // never empty
  std::vector<std::string> below;  // the indented lines that follow, blanks at both ends removed

  bool has(size_t word) const { return word < words.size(); }
};

// Cuts a scenario into steps. A '#' at a line's start or behind a blank begins a comment; empty
// lines mean nothing; a word in double quotes may hold blanks.
Result<std::vector<Step>> read_script(std::string_view text);

}  // namespace etymon::scenario

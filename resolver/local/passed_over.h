// Lines of a file that make no sense there: how many, and which is the first, so that whoever wrote
// the file finds it. A value, any thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "resolver/local/text_lines.h"

namespace etymon::local {

struct PassedOver {
  static constexpr size_t kTextMax = 256;  // octets of the first that are kept

  size_t lines = 0;
  size_t first = 0;  // its number, from 1; 0: there is none
  std::string text;  // of the first, as it stands there, but for blanks behind it
  std::string why;   // empty: it shows

  void add(size_t number, std::string_view line, std::string_view reason = {}) {
    if (lines++ == 0 || number < first) {
      first = number;
      text = line.substr(0, std::min(line.find_last_not_of(kBlanks) + 1, kTextMax));
      why = reason;
    }
  }
};

}  // namespace etymon::local

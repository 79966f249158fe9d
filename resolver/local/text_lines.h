// Lines and words of the files that people and DHCP servers write. Pure functions, any thread.
#pragma once

#include <algorithm>
#include <string_view>

namespace etymon::local {

inline constexpr std::string_view kBlanks = " \t\r";

// The text's first line without its comment, and without blanks around it; the text loses it.
inline std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  line = line.substr(0, line.find('#'));
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  return line.substr(0, line.find_last_not_of(kBlanks) + 1);
}

// The line's first word; the line loses it, and the blanks behind it.
inline std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  return word;
}

}  // namespace etymon::local

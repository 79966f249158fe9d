#include "tests/layering/tidy_rules.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace etymon::layering {
namespace {

// In two halves, so that this file does not find itself.
const std::array<std::string, 4> kUnfinished = {
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X",
    "HA"
    "CK"};

// Time is a parameter (resolver/base/clock.h): a test moves it, a replay repeats it.
const std::array<std::string, 5> kSystemClocks = {
    "system_"
    "clock::now",
    "steady_"
    "clock::now",
    "high_resolution_"
    "clock",
    "clock_"
    "gettime",
    "gettime"
    "ofday"};

// In characters: octets that continue a UTF-8 sequence take no column.
size_t columns_of(std::string_view line) {
  return static_cast<size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_word_part(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool has_word(std::string_view line, std::string_view word) {
  for (size_t at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !is_word_part(line[at - 1])) &&
        (end == line.size() || !is_word_part(line[end]))) {
      return true;
    }
  }
  return false;
}

// Benchmarks and tests of real time measure it themselves.
bool may_read_clocks(std::string_view path) {
  return path.starts_with("resolver/base/") || path.starts_with("tests/");
}

class Departures {
 public:
  explicit Departures(const SourceFile& source) : source_(source) {}

  void check_file() {
    const std::vector<std::string_view> lines = lines_of(source_.text);
    if (lines.size() > kLinesMax) {
      add(kLinesMax + 1, "the file is longer than " + std::to_string(kLinesMax) + " lines");
    }
    if (!source_.text.ends_with('\n')) {
      add(lines.size(), "the last line has no end");
    }
    if (source_.is_header()) {
      check_header(lines);
    }
    for (size_t i = 0; i < lines.size(); ++i) {
      check_line(i + 1, lines[i]);
    }
  }

  std::vector<std::string> take() && { return std::move(found_); }

 private:
  void check_header(const std::vector<std::string_view>& lines) {
    if (lines.empty() || !lines.front().starts_with("//")) {
      add(1, "the header does not open with what it is");
    }
    if (std::ranges::find(lines, "#pragma once") == lines.end()) {
      add(1, "the header lacks #pragma once");
    }
  }

  void check_line(size_t number, std::string_view line) {
    if (columns_of(line) > kColumnsMax) {
      add(number, "longer than " + std::to_string(kColumnsMax) + " columns");
    }
    if (line.ends_with(' ') || line.find('\t') != line.npos) {
      add(number, "blanks at the end, or a tab");
    }
    for (const std::string& word : kUnfinished) {
      if (has_word(line, word)) {
        add(number, "leaves work for later: " + word);
      }
    }
    if (!may_read_clocks(source_.path)) {
      check_clocks(number, line);
    }
  }

  void check_clocks(size_t number, std::string_view line) {
    for (const std::string& clock : kSystemClocks) {
      if (line.find(clock) != line.npos) {
        add(number, "reads a clock outside resolver/base: " + clock);
      }
    }
  }

  void add(size_t line, const std::string& what) {
    found_.push_back(source_.path + ":" + std::to_string(line) + ": " + what);
  }

  const SourceFile& source_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> departures_in(const SourceFile& source) {
  Departures departures(source);
  departures.check_file();
  return std::move(departures).take();
}

}  // namespace etymon::layering

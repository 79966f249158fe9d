#include "tests/scenario/script.h"

#include <optional>

namespace etymon::scenario {
namespace {

constexpr std::string_view kBlanks = " \t\r";

Error mistake(size_t line, const std::string& what) {
  return {ErrorCode::kInvalidArgument, std::to_string(line) + ": " + what};
}

// The line up to its comment; a '#' inside a word or inside quotes is none.
std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    quoted = line[i] == '"' ? !quoted : quoted;
    if (line[i] == '#' && !quoted && (i == 0 || kBlanks.find(line[i - 1]) != kBlanks.npos)) {
      return line.substr(0, i);
    }
  }
  return line;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Nothing when a quotation has no end.
std::optional<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::string_view rest = trimmed(line); !rest.empty(); rest = trimmed(rest)) {
    const bool quoted = rest.front() == '"';
    rest.remove_prefix(quoted ? 1 : 0);
    const size_t end = quoted ? rest.find('"') : std::min(rest.find_first_of(kBlanks), rest.size());
    if (end == rest.npos) {
      return std::nullopt;
    }
    words.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + (quoted ? 1 : 0));
  }
  return words;
}

}  // namespace

Result<std::vector<Step>> read_script(std::string_view text) {
  std::vector<Step> steps;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_comment(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (trimmed(line).empty()) {
      continue;
    }
    if (kBlanks.find(line.front()) != kBlanks.npos) {
      if (steps.empty()) {
        return mistake(number, "an indented line belongs to a step above it; there is none");
      }
      steps.back().below.emplace_back(trimmed(line));
      continue;
    }
    std::optional<std::vector<std::string>> words = words_of(line);
    if (!words) {
      return mistake(number, "a quotation mark has no partner");
    }
    steps.push_back({.line = number, .words = *std::move(words), .below = {}});
  }
  return steps;
}

}  // namespace etymon::scenario

#include "api/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

namespace etymon::api {

namespace {

using Octets = std::span<const unsigned char>;

// Of the character of UTF-8 (RFC 3629) at the front of `text`, in octets. 0: there is none, or one
// that controls a terminal (U+0080 to U+009F).
size_t harmless_length(Octets text) {
  const unsigned lead = text[0];
  const size_t length = lead < 0x80                    ? 1
                        : lead >= 0xC2 && lead <= 0xDF ? 2
                        : lead >= 0xE0 && lead <= 0xEF ? 3
                        : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                       : 0;
  if (length < 2 || text.size() < length) {
    return length == 1 && lead >= 0x20 && lead != 0x7F ? 1 : 0;
  }
  for (const unsigned char octet : text.subspan(1, length - 1)) {
    if (octet < 0x80 || octet > 0xBF) {
      return 0;
    }
  }
  const unsigned second = text[1];
  const bool is_control = lead == 0xC2 && second < 0xA0;
  const bool is_overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool is_no_character = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return is_control || is_overlong || is_no_character ? 0 : length;
}

// The first argument of `app` that was given and is empty; null: there is none.
const CLI::Option* given_empty(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (std::ranges::any_of(option->results(), &std::string::empty)) {
      return option;
    }
  }
  return nullptr;
}

// "$UNSET" must not count as not given: it would be all clients where one was meant. Nothing that
// either program takes means anything when it is empty.
Status refuse_empty(const CLI::App& app) {
  if (const CLI::Option* empty = given_empty(app)) {
    return Error{ErrorCode::kInvalidArgument, empty->get_name() + ": it is empty"};
  }
  for (const CLI::App* verb : app.get_subcommands()) {
    if (const Status status = refuse_empty(*verb); !status) {
      return status;
    }
  }
  return {};
}

constexpr size_t kHelpWidth = 80;          // octets, as wide as a terminal at least is
constexpr size_t kDescriptionColumn = 30;  // where CLI11 begins the second column

// Behind how many blanks a line of --help goes on when it is cut.
size_t hang_of(const std::string& line) {
  const size_t indent = std::min(line.find_first_not_of(' '), line.size());
  const bool is_described = indent == 2 && line.size() > kDescriptionColumn &&
                            line[kDescriptionColumn - 1] == ' ' && line[kDescriptionColumn] != ' ';
  return is_described ? kDescriptionColumn : line.starts_with("  -") ? 6 : indent;
}

// Writes what fills lines of `line`, and leaves the rest in it.
void cut(std::string& line, size_t hang, std::string& out) {
  while (line.size() > kHelpWidth) {
    size_t end = line.rfind(' ', kHelpWidth);
    if (line.find_first_not_of(' ') > end) {
      end = line.find(' ', kHelpWidth);  // behind a word that is wider than the line
    }
    if (end == std::string::npos) {
      return;
    }
    out += line.substr(0, line.find_last_not_of(' ', end) + 1) + '\n';
    line = std::string(hang, ' ') + line.substr(line.find_first_not_of(' ', end));
  }
}

// Each line that is too long goes on in the next one of its paragraph, or in one of its own.
std::string wrapped(const std::string& text) {
  std::string out;
  std::string rest;  // of the lines before, behind `hang` blanks
  size_t hang = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t indent = line.find_first_not_of(' ');
    if (!rest.empty() && indent == hang) {
      line.replace(0, indent, rest + ' ');
    } else {
      out += rest.empty() ? "" : rest + '\n';
      hang = hang_of(line);
    }
    const size_t before = out.size();
    cut(line, hang, out);
    const bool is_cut = out.size() > before;
    rest = is_cut ? line : "";
    out += is_cut ? "" : line + '\n';
  }
  return rest.empty() ? out : out + rest + '\n';
}

}  // namespace

std::string help_text(const CLI::App& app) {
  return wrapped(app.help());
}

Result<std::optional<std::string>> parse_command_line(CLI::App& app, Arguments arguments) {
  // CLI11 takes them back to front.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return std::optional(help_text(app));
  } catch (const CLI::ParseError& mistake) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(mistake.what()) + "; see " + app.get_name() + " --help"};
  }
  const Status filled = refuse_empty(app);
  return filled ? Result(std::optional<std::string>()) : filled.error();
}

std::vector<std::string> arguments_of(int argc, const char* const* argv) {
  return argc > 1 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>();
}

std::string error_line(const std::string& program, const std::string& message) {
  std::string line = program + ": ";
  const Octets octets(reinterpret_cast<const unsigned char*>(message.data()), message.size());
  for (size_t at = 0; at < message.size();) {
    const size_t length = harmless_length(octets.subspan(at));
    const unsigned octet = octets[at];
    if (length > 0) {
      line += message.substr(at, length);
    } else if (octet < 0x80) {
      line += ' ';
    } else {
      line += "\\" + std::to_string(octet);  // three digits, as printable() writes it
    }
    at += std::max<size_t>(length, 1);
  }
  return line + "\n";
}

}  // namespace etymon::api

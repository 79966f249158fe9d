#include "api/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace etymon::api {

Result<std::optional<std::string>> parse_command_line(CLI::App& app, Arguments arguments) {
  // CLI11 takes them back to front.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
    return std::optional<std::string>();
  } catch (const CLI::CallForHelp&) {
    return std::optional(app.help());
  } catch (const CLI::ParseError& mistake) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(mistake.what()) + "; see " + app.get_name() + " --help"};
  }
}

std::vector<std::string> arguments_of(int argc, const char* const* argv) {
  return argc > 1 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>();
}

std::string error_line(const std::string& program, const std::string& message) {
  std::string line = program + ": " + message;
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  line += '\n';
  return line;
}

}  // namespace etymon::api

// What the command lines of both programs have in common. Used by one thread, at the start.
//
// A CLI::App reports with exceptions; here they become a Result, and every mistake one line.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "resolver/base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace etymon::api {

// The arguments behind the program's own name.
using Arguments = std::span<const std::string>;

// What --help prints of `app`, in lines of at most 80 octets; only a longer word makes one longer.
std::string help_text(const CLI::App& app);

// Runs `app`, which fills what its options are bound to. Gives the text of --help when that was
// asked for, and nothing when the arguments are to be followed. None of those is empty. Error
// kInvalidArgument: one line that names the mistake.
Result<std::optional<std::string>> parse_command_line(CLI::App& app, Arguments arguments);

// argv without the program's name.
std::vector<std::string> arguments_of(int argc, const char* const* argv);

// "error: what went wrong" as the one line `PROGRAM: what went wrong` for standard error. Control
// characters of whatever was quoted in it become blanks, so that one line it stays; octets that are
// no UTF-8, or controls of a terminal in it, are written as \DDD.
std::string error_line(const std::string& program, const std::string& message);

}  // namespace etymon::api

// The command line of etymon: what was asked for, as values. Used by one thread, at the start.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/cli/annotate_verb.h"
#include "api/cli/connection.h"
#include "api/cli/forget_verb.h"
#include "api/cli/format.h"
#include "api/cli/past_verbs.h"
#include "api/cli/print.h"
#include "api/cli/retention_verb.h"
#include "api/command_line.h"
#include "api/log_level.h"
#include "api/server_address.h"
#include "etymon/v1/lookup.pb.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// Which exit status a lookup ends with.
enum class ExitBy { kSuccess, kVerdict };

struct LookupCommand {
  v1::LookupRequest question;
  Print print = Print::kText;
  ExitBy exit_by = ExitBy::kSuccess;
};

// Many questions, one a line.
struct LookupFileCommand {
  std::string file;  // "-": standard input
  Print print = Print::kText;
};

struct ImportCommand {
  std::vector<std::string> files;  // "-": standard input
  Microseconds zone{0};            // what times without a zone are ahead of UTC
};

struct StatusCommand {
  Format format = Format::kText;
};

struct HealthCommand {};

struct VerifyCommand {
  Format format = Format::kText;
};

struct BackupCommand {
  std::string folder;  // absolute
  Format format = Format::kText;
};

struct FlushCommand {
  std::string name;  // empty: all
  bool subtree = false;
  Format format = Format::kText;
};

struct LogLevelCommand {
  api::LogLevel level = api::LogLevel::kInfo;
};

// A text to print, and nothing to ask: help, version.
struct Notice {
  std::string text;
};

using Command =
    std::variant<LookupCommand, LookupFileCommand, AnnotateCommand, PastCommand, ImportCommand,
                 StatusCommand, HealthCommand, VerifyCommand, BackupCommand, ForgetCommand,
                 RetentionCommand, FlushCommand, LogLevelCommand, Notice>;

struct Invocation {
  Connection connection;
  Command command;
};

// What the command line is read against.
struct Surroundings {
  ConnectionTexts environment;  // as connection_of_environment() gives it
  Result<std::string> file;     // as read_connection_file() gives it
  WallTime now;                 // what relative times are relative to
};

// Errors: kInvalidArgument, one line that names the argument; that of `file`, unless nobody is to
// be asked, or who is asked is named elsewhere.
Result<Invocation> parse_arguments(api::Arguments arguments, const Surroundings& surroundings);

}  // namespace etymon::cli

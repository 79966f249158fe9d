// The daemon's command line. Used by one thread, at the start.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "api/command_line.h"
#include "api/daemon/config.h"
#include "resolver/base/result.h"

namespace etymon::daemon {

// What to do with the configuration once it is known to be good.
enum class Action {
  kServe,
  kCheckConfig,
  kVerify,   // the store, which no process has open
  kRestore,  // the store, from a backup
  kRepair,   // the store, from itself
};

struct Flags {
  Action action = Action::kServe;
  std::string config_file;                                // empty: none
  std::string backup;                                     // of kRestore
  std::map<std::string, std::vector<std::string>> given;  // setting's key -> values as written
};

// A text to print, and nothing else to do: --help, --version.
struct Notice {
  std::string text;
};

// Error kInvalidArgument: one line that names the flag.
Result<std::variant<Flags, Notice>> parse_flags(api::Arguments arguments);

// Applies the flags' settings over what `config` holds. Error kInvalidArgument: "--flag: what is
// wrong".
Status apply_flags(const Flags& flags, Config& config);

}  // namespace etymon::daemon

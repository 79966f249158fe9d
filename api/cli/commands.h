// The verbs: ask the server, print the answer. Used by one thread.
#pragma once

#include "api/cli/arguments.h"
#include "api/cli/client.h"
#include "api/cli/exit_status.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// What a verb works with.
struct Tools {
  Client& client;
  const Clock& clock;
};

// Answers go to standard output; trouble that does not end the run, and progress, to standard
// error. An error is the caller's to print.
Result<ExitStatus> run(const Command& command, Tools tools);

}  // namespace etymon::cli

// How the verbs of past_verbs.h are run: asked of the server, printed as they come. One thread.
#pragma once

#include "api/cli/commands.h"
#include "api/cli/past_verbs.h"

namespace etymon::cli {

Result<ExitStatus> run_past(const PastCommand& command, Tools tools);

}  // namespace etymon::cli

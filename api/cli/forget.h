// The verb forget: says what would go, asks, and lets it go. Used by one thread.
#pragma once

#include "api/cli/commands.h"
#include "api/cli/forget_verb.h"

namespace etymon::cli {

// As run(). kNo: whoever was asked did not say yes. Error kInvalidArgument: nobody could be asked.
Result<ExitStatus> run_forget(const ForgetCommand& command, Tools tools);

}  // namespace etymon::cli

// The verb retention: tells how much history is kept, and changes it. Used by one thread.
#pragma once

#include "api/cli/commands.h"
#include "api/cli/retention_verb.h"

namespace etymon::cli {

// As run(). kNo: less was to be kept, and whoever was asked did not say yes. Error
// kInvalidArgument: nobody could be asked.
Result<ExitStatus> run_retention(const RetentionCommand& command, Tools tools);

}  // namespace etymon::cli

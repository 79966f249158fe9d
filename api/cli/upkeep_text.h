// What backup and verify found, as people read it. Pure functions, any thread.
#pragma once

#include <string>

#include "api/cli/terminal.h"
#include "etymon/v1/upkeep.pb.h"

namespace etymon::cli {

// "SOUND" and what was read, or "DAMAGED" and each finding on a line.
std::string verify_text(const v1::VerifyReport& report, const Style& style);

std::string backup_text(const v1::BackupReport& report);

}  // namespace etymon::cli

// What the daemon was told to do about itself, and found, as people read it. Pure functions, any
// thread.
#pragma once

#include <string>

#include "api/cli/terminal.h"
#include "api/log_level.h"
#include "etymon/v1/admin.pb.h"
#include "etymon/v1/upkeep.pb.h"

namespace etymon::cli {

// "SOUND" and what was read, or "DAMAGED" and each finding on a line.
std::string verify_text(const v1::VerifyReport& report, const Style& style);

std::string backup_text(const v1::BackupReport& report);

// The levels of both stand in the same order.
v1::LogLevel to_proto(api::LogLevel level);

enum class Forgetting { kCounted, kDone };
std::string forget_text(const v1::ForgetReport& report, Forgetting what);

std::string flush_text(const v1::FlushCacheResponse& flushed);

// What is in force, on a line.
std::string retention_text(const v1::SetRetentionResponse& in_force);

// `now`: what is in force from now on.
std::string log_level_text(api::LogLevel now, const v1::SetLogLevelResponse& set);

}  // namespace etymon::cli

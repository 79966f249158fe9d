// The daemon's status as people read it. Pure functions, any thread.
#pragma once

#include <string>

#include "api/cli/terminal.h"
#include "etymon/v1/admin.pb.h"
#include "resolver/base/clock.h"

namespace etymon::cli {

// `now`: to tell ages by.
std::string status_text(const v1::GetStatusResponse& status, WallTime now, const Style& style);

// 1234567 as "1 234 567".
std::string grouped(uint64_t number);

// "1 delivery", "1 234 deliveries".
std::string count_of(uint64_t number, const char* one, const char* many);

// Octets in the largest unit that keeps three digits: "1.4 MiB".
std::string describe_bytes(uint64_t bytes);

}  // namespace etymon::cli

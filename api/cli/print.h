// Print: how rows are printed, as -p names it. Values and a pure function, any thread.
#pragma once

#include <string>

#include "resolver/base/result.h"

namespace etymon::cli {

// kCof is the Passive DNS Common Output Format (draft-dulaunoy-dnsop-passive-dns-cof).
enum class Print { kText, kJson, kCsv, kMinimal, kCof };

// "text", "json", "csv", "minimal"; empty: text. Error kInvalidArgument: one line that names
// --print.
Result<Print> print_named(const std::string& name);

}  // namespace etymon::cli

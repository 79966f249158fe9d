// Lookups as JSON, written and read without protobuf's reflection, which costs more than the lookup
// itself. Pure functions, any thread.
//
// The text is the one that protobuf's JSON writer makes, octet by octet, with the proto's own field
// names and every field present; tests hold the two against each other.
#pragma once

#include <string>
#include <string_view>

#include "etymon/v1/lookup.pb.h"
#include "resolver/base/clock.h"

namespace etymon::cli {

// Appended to `out`, without a line break.
void append_json(std::string& out, const v1::LookupResponse& answer);
void append_json(std::string& out, const v1::LookupError& error);

// A question in the plain form that programs write: each field at most once, under the proto's
// name, ASCII without escapes. `question` is empty before. False, and some of it in there, for
// whatever else may be meant by JSON: that is protobuf's to read, or to refuse.
bool read_plain_question(std::string_view line, WallTime now, v1::LookupRequest& question);

}  // namespace etymon::cli

// The API's messages as JSON: the protobuf mapping with the proto's own field names, every field
// present, one line a message. Pure functions, any thread.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "etymon/v1/lookup.pb.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"

namespace etymon::cli {

// Appended to `out`, without a line break.
void append_json(std::string& out, const google::protobuf::Message& message);

// Ends with a newline and holds no other.
std::string json_line(const google::protobuf::Message& message);

std::string json_line(const v1::LookupResponse& answer);

// The answer itself, or {"error": {...}} in its place.
std::string json_line(const v1::LookupResult& result);
void append_json_line(std::string& out, const v1::LookupResult& result);

// One line of NDJSON: {"address": "192.0.2.1", "client": "...", "at": "2026-11-23T07:20:14Z", ...}.
// `at` is a string or a number, and may be all that parse_time() reads; without a tolerance any
// moment of what is written is meant. A name that is no field is a mistake; "TCP" is tcp.
// `question` is empty before. Error kInvalidArgument, and what could be read is in there.
Status read_question(std::string_view line, WallTime now, v1::LookupRequest& question);

// The same for whatever JSON may be written, at ten times the cost.
Status read_any_question(std::string_view line, WallTime now, v1::LookupRequest& question);

}  // namespace etymon::cli

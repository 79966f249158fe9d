// Writing JSON as text, appended to a string. Pure functions, any thread.
//
// Strings come out as protobuf's own writer puts them: control characters, quotes and what a web
// page would take for markup escaped, the rest as it is. Times and durations have 0, 3, 6 or 9
// digits behind the point, as protobuf's mapping says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/base/clock.h"

namespace etymon::cli::json {

// With its quotes. Octets that are not UTF-8 become U+FFFD.
void append_string(std::string& out, std::string_view text);

// With its quotes, and what people are shown of it: octets that are not printable ASCII as \DDD, as
// the DNS writes them (RFC 1035 section 5.1). Markup stays as it is. So the rows that the command
// adds up itself have it.
void append_dns_string(std::string& out, std::string_view text);

void append_number(std::string& out, uint64_t number);
void append_number(std::string& out, int64_t number);
// The shortest of 15 or 17 digits that reads back as the same number; "NaN", "Infinity" in quotes.
void append_number(std::string& out, double number);

// "2026-11-23T07:20:14.000123Z", with its quotes. REQUIRES: the years 1 to 9999, nanos below 10^9.
void append_timestamp(std::string& out, int64_t seconds, int32_t nanos);
// "-1.500s", with its quotes. REQUIRES: both of one sign.
void append_duration(std::string& out, int64_t seconds, int32_t nanos);

void append_time(std::string& out, WallTime time);

}  // namespace etymon::cli::json

// Text of a flag or a configuration file as the value it stands for. Pure functions, any thread.
//
// Errors are kInvalidArgument; the message names the text, and the form or range it should have.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/ip_address.h"

namespace etymon::daemon {

// A whole number in [low, high].
Result<uint64_t> parse_number(std::string_view text, uint64_t low, uint64_t high);

// A size as resolver/base/size_text.h reads it, in [low, high].
Result<uint64_t> parse_size_within(std::string_view text, uint64_t low, uint64_t high);

// A duration as resolver/base/time_text.h reads it, in [low, high].
Result<Microseconds> parse_duration_within(std::string_view text, Microseconds low,
                                           Microseconds high);

// Where DNS is spoken: "192.0.2.1", "[2001:db8::1]:5353"; the port may be missing.
Result<Endpoint> parse_dns_endpoint(const std::string& text);

}  // namespace etymon::daemon

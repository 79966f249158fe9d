// Sizes in octets as text, both ways. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/base/result.h"

namespace etymon {

// A whole number and a unit, "512KiB", "64MiB", "2GiB"; without a unit octets. Error:
// kInvalidArgument, the message names the text and the accepted form.
Result<uint64_t> parse_size(std::string_view text);

// "64 MiB", "1000 B": the largest unit that divides it.
std::string describe_size(uint64_t bytes);

}  // namespace etymon

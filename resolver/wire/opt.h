// The OPT record as we write it (RFC 6891 section 6.1). Pure functions, any thread.
#pragma once

#include <cstdint>

#include "resolver/wire/message.h"

namespace etymon::wire {

// Root owner, type, size, extended rcode, version, flags, length of the options.
inline constexpr size_t kOptSize = 11;
inline constexpr uint16_t kOptDo = 0x8000;  // RFC 3225

struct OptFields {
  Rcode rcode = Rcode::kNoError;  // its upper eight bits travel here
  bool dnssec_ok = false;
  uint16_t options_size = 0;
};

// Writes kOptSize octets: our own size and version, then room for the options that follow.
void write_opt(uint8_t* out, const OptFields& fields);

}  // namespace etymon::wire

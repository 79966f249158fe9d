// Writing a response anew without some of its records. Internal to wire.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/wire/records.h"

namespace etymon::wire {

struct Rebuilt {
  std::string message;
  std::vector<uint16_t> ttl_offsets;  // of each record in it
  uint16_t additional_at = 0;         // where these begin, or the message ends
};

// The message of `index` with only the records that `keep` marks, in their order. Compression
// pointers may lead into dropped records, so all names are written again, in the case in which they
// stood; data of types without a layout passes as it is (RFC 3597). Header flags stay. Errors
// (kInvalidArgument): it does not fit a message any more.
//
// It is not read again to find the TTLs: that took a third of the whole for the worst message.
//
// Not done by ldns: of 4,000 addresses at a name of 127 labels it takes 290 ms, and a stranger
// chooses how many there are.
Result<Rebuilt> rebuild_message(const MessageIndex& index, std::span<const bool> keep);

}  // namespace etymon::wire

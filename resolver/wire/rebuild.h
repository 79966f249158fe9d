// Writing a response anew without some of its records. Internal to wire.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/wire/own_answer.h"
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

// The message of `index` as the answer to `asked`, behind `chain`, which leads from there to what
// the message is about. Of its header the rcode stays; pseudo records go. Errors as above.
Result<std::string> rebuild_behind(const AskedQuestion& asked, std::span<const OwnedRecord> chain,
                                   const MessageIndex& index);

// What becomes of a record.
struct Change {
  bool keep = false;
  std::optional<IpAddress> aaaa = {};  // of one that is kept: an AAAA record with this instead
  uint32_t ttl_s = 0;                  // which then has this TTL
};

// The message of `index`, which is about the same name, as an answer of ours to `asked`. `changes`:
// one for each of its records. Errors as above.
Result<std::string> rebuild_changed(const AskedQuestion& asked, std::span<const Change> changes,
                                    const MessageIndex& index);

}  // namespace etymon::wire

// A DNS response as a client was seen to receive it, whole: an observation, not something to serve.
//
// Tolerant where resolver/wire is strict: all addresses of the answer section count, whether or not
// the chain leads to them, and those that the additional section has of MX, SRV and SVCB targets;
// names that cannot be read are stepped over, and of a cut message all before the cut counts. Still
// bounded: names expand backwards only, and nothing is set aside for what a count merely claims.
// Pure function, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "resolver/model/answer.h"

namespace etymon::capture {

struct ObservedAnswer {
  // The chain: the asked name, the targets that lead on from it, then those of the other CNAME
  // records in their order. `upstream` is left for the caller.
  Answer answer;
  // The smallest TTL of the records that count; without one the negative TTL (RFC 2308 section 5),
  // or 0.
  uint32_t validity_s = 0;
};

struct ObservedResponse {
  std::vector<ObservedAnswer> answers;  // one for each question whose name can be read
  bool malformed = false;               // not all could be read that the header counts
  // Octets from the header to the last record; nothing where that was not reached.
  std::optional<size_t> size;
};

// More than one question is unheard of but in tests; the limits keep a hostile message cheap.
inline constexpr size_t kObservedQuestionsMax = 16;
inline constexpr size_t kObservedAliasesMax = 256;

// Nothing when the octets are a query, or too short for a header. A response with another opcode
// than QUERY has no answers, unless it carries addresses.
std::optional<ObservedResponse> read_observed_response(ByteView message);

}  // namespace etymon::capture

// An answer behind CNAMEs of our own. Pure functions, any thread.
#pragma once

#include <span>

#include "resolver/base/result.h"
#include "resolver/wire/own_answer.h"

namespace etymon::wire {

// The response to `asked` that says `chain`, and at its end what `target` says, a whole message
// about the name that the chain leads to. What signatures prove of that is true of it still, but
// not of the chain, so AD does not stay. Errors (kInvalidArgument): `target` cannot be read, or
// both together are no answer (see parse_response).
Result<ParsedResponse> answer_behind(const AskedQuestion& asked, std::span<const OwnedRecord> chain,
                                     ByteView target);

}  // namespace etymon::wire

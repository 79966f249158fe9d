// Writing a response anew without some of its records. Internal to wire.
#pragma once

#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/wire/records.h"

namespace etymon::wire {

// The message of `index` with only the records that `keep` marks, in their order. Compression
// pointers may lead into dropped records, so all names are read and written again, by ldns; data of
// types that it does not know passes as it is (RFC 3597). Header flags stay. Errors
// (kInvalidArgument): ldns cannot read it, or it does not fit a message any more.
Result<std::string> rebuild_message(const MessageIndex& index, const std::vector<bool>& keep);

}  // namespace etymon::wire

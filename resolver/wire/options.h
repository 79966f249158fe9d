// Options of an OPT record (RFC 6891 section 6.1.2), where they stand. Pure functions, any thread,
// no allocation.
#pragma once

#include <optional>

#include "resolver/base/bytes.h"
#include "resolver/wire/message.h"

namespace etymon::wire {

// The data of the first option with that code; `options` as Edns has them.
std::optional<ByteView> find_option(ByteView options, OptionCode code);

// The same of a message; nothing either when it has no OPT, or cannot be read that far.
std::optional<ByteView> option_in(ByteView message, OptionCode code);

}  // namespace etymon::wire

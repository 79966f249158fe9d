// The operator's limits on the TTLs that some clients are told. Pure functions, any thread.
#pragma once

#include <span>
#include <string>

#include "resolver/base/result.h"
#include "resolver/forward/client_ttls.h"

namespace etymon::daemon {

// "192.168.7.0/24,2001:db8:7::/64 floor=1m cap=1h": one of the two may be missing. Error
// kInvalidArgument: anything else, a floor above its cap, a prefix that is there twice.
Result<forward::ClientTtls> parse_client_ttls(std::span<const std::string> entries);

}  // namespace etymon::daemon

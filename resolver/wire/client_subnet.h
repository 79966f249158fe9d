// The Client Subnet option's data (RFC 7871 section 6): family, source prefix, scope prefix, and so
// many octets of the address as the source prefix needs. Pure functions, any thread, no allocation.
#pragma once

#include "resolver/base/bytes.h"

namespace etymon::wire {

inline constexpr size_t kClientSubnetMax = 2 + 1 + 1 + 16;

// As a query may bring it: no scope, the octets that its prefix needs, none of its bits behind that
// (section 6), of IPv4 or IPv6. A prefix of 0, which asks that nothing be told, may be of family 0.
bool is_client_subnet(ByteView data);

// Whether `told` answers a query with `asked`: it must be of the same subnet (section 7.3). Where
// that told nothing, any will do.
bool answers_subnet(ByteView told, ByteView asked);

}  // namespace etymon::wire

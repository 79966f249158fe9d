// What SRV, SVCB and HTTPS records say of the port and transport at their targets.
//
// Pure functions over bytes from the network, any thread: what is malformed names nothing.
#pragma once

#include <string_view>

#include "resolver/base/bytes.h"
#include "resolver/model/answer.h"

namespace etymon::wire {

// RFC 2782: the port stands in the data, the transport in the owner's second label ("_udp").
// `owner`: wire octets, lower case.
Service service_of_srv(std::string_view owner, ByteView rdata);

// RFC 9460 sections 7.1 and 7.2: `port`, and the transports of the protocols in `alpn`: QUIC is
// UDP, all others are TCP. Only what is written counts: a port or protocol that goes without saying
// tells no name from another. `params`: the record's parameters, sound.
Service service_of_svcb(ByteView params);

}  // namespace etymon::wire

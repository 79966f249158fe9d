// Whether an upstream would be ourselves: asking it would be a loop. Pure, any thread.
#pragma once

#include <span>

#include "resolver/model/ip_address.h"

namespace etymon::upstream {

// True when a question to `server` comes to one of `listeners`. A listener on a wildcard gets what
// is sent to any address of the machine of its family: `machine` lists those; all of 127.0.0.0/8 is
// known to be. A server at a wildcard address means this machine.
bool is_own(const Endpoint& server, std::span<const Endpoint> listeners,
            std::span<const IpAddress> machine);

}  // namespace etymon::upstream

// What the daemon has to know of the machine before it starts.
#pragma once

#include "api/daemon/config.h"

namespace etymon::daemon {

// Addresses of all interfaces, the text of /etc/resolv.conf, whether OpenSSL has what cookies are
// made with, and the processors; what cannot be read is empty.
Machine read_machine();

// The networks that the machine is in now.
std::vector<IpPrefix> read_links();

// The addresses of all interfaces now.
std::vector<IpAddress> read_addresses();

}  // namespace etymon::daemon

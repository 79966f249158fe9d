// What the daemon has to know of the machine, before it starts and while it runs. Any thread.
#pragma once

#include <optional>
#include <vector>

#include "api/daemon/config.h"

namespace etymon::daemon {

// Addresses of all interfaces, the text of /etc/resolv.conf, whether OpenSSL has what cookies are
// made with, and the processors; what cannot be read is empty.
Machine read_machine();

// The networks that the machine is in now; nothing when they cannot be read, for want of a
// descriptor say.
std::optional<std::vector<IpPrefix>> read_links();

// The addresses of all interfaces now; nothing when they cannot be read.
std::optional<std::vector<IpAddress>> read_addresses();

}  // namespace etymon::daemon

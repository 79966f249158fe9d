// What the daemon has to know of the machine before it starts.
#pragma once

#include "api/daemon/config.h"

namespace etymon::daemon {

// Addresses of all interfaces and the text of /etc/resolv.conf; what cannot be read is empty.
Machine read_machine();

}  // namespace etymon::daemon

// The configuration from all its sources. Used by one thread, at the start.
#pragma once

#include "api/daemon/config.h"
#include "api/daemon/flags.h"
#include "resolver/base/result.h"

namespace etymon::daemon {

// Defaults, then the file that the flags name, then the flags, then what the machine decides: the
// last not for work on the store alone, which needs no upstream. Errors are kInvalidArgument and of
// one line: "FILE:LINE: key 'x.y': what is wrong", "FILE: cannot be read: why", "--flag: what is
// wrong".
Result<Config> load_config(const Flags& flags, const Machine& machine);

}  // namespace etymon::daemon

// What only a look at the files that a configuration names can show. One thread; waits for the
// disk.
#pragma once

#include <functional>
#include <string>

#include "api/daemon/config.h"

namespace etymon::daemon {

// Without these files there is no start: callers, certificates, the folder of the audit file. Error
// kInvalidArgument names the setting.
Status check_files(const Config& config);

// What is missing, or makes no sense, in the files of names, block lists and upstreams, with which
// the daemon starts all the same; `warn` is told a line for each.
void look_at_lists(const Config& config, const std::function<void(const std::string&)>& warn);

}  // namespace etymon::daemon

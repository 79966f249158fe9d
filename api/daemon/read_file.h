// A file's whole text, a pipe's too. Any thread; waits for the disk, or for who writes the pipe.
#pragma once

#include <cstddef>
#include <string>

#include "resolver/base/result.h"

namespace etymon::daemon {

// Error kInvalidArgument, "PATH: cannot be read: why", also when it has more than `octets_max`.
Result<std::string> read_file(const std::string& path, size_t octets_max);

}  // namespace etymon::daemon

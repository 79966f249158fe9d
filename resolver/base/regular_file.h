// Regular files: their text, and whether they have changed. Any thread; waits for the disk, but for
// nobody who would have to write into a pipe.
#pragma once

#include <cstddef>
#include <string>

#include "resolver/base/result.h"

namespace etymon {

// Changes whenever the file does, or who may read it; empty when there is none.
std::string stamp_of(const std::string& path);

// The first `octets_max` octets behind `begin`. Errors: kNotFound, and kIo, also for a pipe, a
// folder or a device; "PATH: cannot be read: why".
Result<std::string> read_regular_file(const std::string& path, size_t octets_max, size_t begin = 0);

}  // namespace etymon

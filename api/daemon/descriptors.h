// Descriptors: what clients may take of them, so that the store always has its own. Pure, but for
// raise_descriptor_limit().
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "api/daemon/config.h"

namespace etymon::daemon {

// As many as the system grants this process, from now on.
size_t raise_descriptor_limit();

// Lowers how many connections and questions upstream there may be at one time, where they could
// take more descriptors than are left beside those of the store. Says so when it did.
std::optional<std::string> fit_descriptors(Config& config, size_t limit);

}  // namespace etymon::daemon

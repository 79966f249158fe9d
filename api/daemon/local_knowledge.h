// From the configuration to what the loops answer by themselves. Any thread.
#pragma once

#include <memory>

#include "api/daemon/config.h"
#include "resolver/local/knowledge.h"

namespace etymon::daemon {

std::shared_ptr<const local::Knowledge> make_knowledge(const LocalConfig& config);

}  // namespace etymon::daemon

// OnNotice: told in one line what whoever runs the daemon should know of the API, with its level in
// the log. Any thread.
#pragma once

#include <functional>
#include <string>

#include "api/log_level.h"

namespace etymon::service {

using OnNotice = std::function<void(api::LogLevel, const std::string&)>;

}  // namespace etymon::service

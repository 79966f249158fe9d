// OnNotice: told in one line what whoever runs the daemon should know of the API. Any thread.
#pragma once

#include <functional>
#include <string>

namespace etymon::service {

using OnNotice = std::function<void(const std::string&)>;

}  // namespace etymon::service

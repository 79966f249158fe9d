// What the log says of forgetting. A pure function, any thread.
#pragma once

#include <string>

#include "store/model/forget_report.h"

namespace etymon::daemon {

// One line. Whose and which deliveries it is about is left out: the log would go on remembering.
std::string notice_of(const store::ForgetNews& news);

}  // namespace etymon::daemon

// Background: threads that stand behind the others of the process when a processor is short.
#pragma once

namespace etymon::daemon {

// For the calling thread and those it starts from now on; there is no way back without privileges.
// Linux keeps a niceness for each thread, so those that answer clients are not touched.
void step_behind();

}  // namespace etymon::daemon

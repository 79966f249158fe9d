// Signals as values: blocked for every thread, taken by one that waits for them.
#pragma once

#include "resolver/base/clock.h"

namespace etymon::daemon {

// From main(), before any thread is started. SIGTERM, SIGINT and SIGHUP wait for
// wait_for_signal(), but for those that were ignored when the program began, as under nohup;
// SIGPIPE is ignored: a peer that is gone is told by the write that fails.
void take_signals();

enum class Waited {
  kStop,    // SIGTERM, SIGINT
  kReload,  // SIGHUP, as all daemons take it
  kTimeOver,
};

Waited wait_for_signal(Seconds at_most);

}  // namespace etymon::daemon

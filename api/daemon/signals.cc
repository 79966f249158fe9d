#include "api/daemon/signals.h"

#include <csignal>

namespace etymon::daemon {

namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, number);
  }
  return signals;
}

}  // namespace

void take_signals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Waited wait_for_stop(Seconds at_most) {
  const sigset_t signals = stop_signals();
  const timespec limit{at_most.count(), 0};
  return sigtimedwait(&signals, nullptr, &limit) > 0 ? Waited::kStop : Waited::kTimeOver;
}

}  // namespace etymon::daemon

#include "api/daemon/signals.h"

#include <csignal>

namespace etymon::daemon {

namespace {

bool is_ignored(int number) {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// One that is ignored would come all the same if it were blocked and waited for.
sigset_t taken_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    if (!is_ignored(number)) {
      sigaddset(&signals, number);
    }
  }
  return signals;
}

}  // namespace

void take_signals() {
  const sigset_t signals = taken_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Waited wait_for_signal(Seconds at_most) {
  const sigset_t signals = taken_signals();
  const timespec limit{at_most.count(), 0};
  const int number = sigtimedwait(&signals, nullptr, &limit);
  if (number <= 0) {
    return Waited::kTimeOver;
  }
  return number == SIGHUP ? Waited::kReload : Waited::kStop;
}

}  // namespace etymon::daemon

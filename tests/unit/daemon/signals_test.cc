// Which signals end the daemon. Each test is a process of its own: masks and dispositions stay.
#include "api/daemon/signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace etymon::daemon {
namespace {

// Ends the process with 0 if it is to stop after that signal, which was `disposed` of so before.
[[noreturn]] void get(int signal, void (*disposed)(int)) {
  std::signal(signal, disposed);
  take_signals();
  std::raise(signal);
  std::_Exit(wait_for_stop(Seconds(0)) == Waited::kStop ? 0 : 1);
}

const ::testing::ExitedWithCode kStops(0);
const ::testing::ExitedWithCode kGoesOn(1);

TEST(Signals, end_it_in_order_a_hang_up_too) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    EXPECT_EXIT(get(signal, SIG_DFL), kStops, "") << signal;
  }
}

TEST(Signals, that_were_ignored_at_the_start_stay_so) {
  EXPECT_EXIT(get(SIGHUP, SIG_IGN), kGoesOn, "") << "as under nohup";
  EXPECT_EXIT(get(SIGINT, SIG_IGN), kGoesOn, "") << "as behind '&' of a script";
}

}  // namespace
}  // namespace etymon::daemon

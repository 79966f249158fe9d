// Which signals end the daemon, and which one makes it look at its files. Each test is a process of
// its own: masks and dispositions stay.
#include "api/daemon/signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace etymon::daemon {
namespace {

// Ends the process with what it is to do after that signal, which was `disposed` of so before.
[[noreturn]] void get(int signal, void (*disposed)(int)) {
  std::signal(signal, disposed);
  take_signals();
  std::raise(signal);
  std::_Exit(static_cast<int>(wait_for_signal(Seconds(0))));
}

const ::testing::ExitedWithCode kStops(static_cast<int>(Waited::kStop));
const ::testing::ExitedWithCode kReloads(static_cast<int>(Waited::kReload));
const ::testing::ExitedWithCode kGoesOn(static_cast<int>(Waited::kTimeOver));

TEST(Signals, end_it_in_order) {
  for (const int signal : {SIGTERM, SIGINT}) {
    EXPECT_EXIT(get(signal, SIG_DFL), kStops, "") << signal;
  }
}

TEST(Signals, a_hang_up_means_its_files_and_not_its_end) {
  EXPECT_EXIT(get(SIGHUP, SIG_DFL), kReloads, "");
}

TEST(Signals, that_were_ignored_at_the_start_stay_so) {
  EXPECT_EXIT(get(SIGHUP, SIG_IGN), kGoesOn, "") << "as under nohup";
  EXPECT_EXIT(get(SIGINT, SIG_IGN), kGoesOn, "") << "as behind '&' of a script";
}

}  // namespace
}  // namespace etymon::daemon

// etymond: the caching DNS proxy that remembers which name led to which address.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "api/command_line.h"
#include "api/daemon/check_files.h"
#include "api/daemon/daemon.h"
#include "api/daemon/descriptors.h"
#include "api/daemon/flags.h"
#include "api/daemon/load_config.h"
#include "api/daemon/log.h"
#include "api/daemon/machine.h"
#include "api/daemon/notify.h"
#include "api/daemon/signals.h"
#include "api/daemon/store_upkeep.h"
#include "resolver/base/clock.h"

namespace {

using namespace etymon;
using daemon::ExitStatus;

// How often the store is asked whether it still records, and files whether they have changed.
constexpr Seconds kWatchEvery(1);

void complain(daemon::LogLevel level, const std::string& message) {
  const std::string line =
      std::string(daemon::line_start(level)) + api::error_line("etymond", message);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

ExitStatus fail(ExitStatus status, const std::string& message) {
  complain(daemon::LogLevel::kError, message);
  return status;
}

// A configuration that is good, but for files with which the daemon can do without.
ExitStatus praise(const daemon::Config& config) {
  daemon::look_at_lists(config, [](const std::string& warning) {
    complain(daemon::LogLevel::kWarning, "warning: " + warning);
  });
  std::puts("etymond: the configuration is good");
  return ExitStatus::kOk;
}

void tell_service_manager(std::string_view state) {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  if (!daemon::notify(socket == nullptr ? "" : socket, state)) {
    daemon::log_warning("the service manager cannot be told " + std::string(state));
  }
}

ExitStatus serve(daemon::Config config) {
  // gRPC logs what strangers do wrong, which must not fill our log.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  daemon::log_to_stderr(config.log_level);
  daemon::take_signals();
  if (const auto lowered = daemon::fit_descriptors(config, daemon::raise_descriptor_limit())) {
    daemon::log_warning(*lowered);
  }
  const SystemClock clock;
  daemon::Daemon etymond(std::move(config), clock);
  if (const daemon::Started started = etymond.start(); started.status != ExitStatus::kOk) {
    return fail(started.status, started.message);
  }
  tell_service_manager(daemon::kReady);
  auto waited = daemon::wait_for_signal(kWatchEvery);
  for (; waited != daemon::Waited::kStop; waited = daemon::wait_for_signal(kWatchEvery)) {
    if (waited == daemon::Waited::kReload) {
      daemon::log_info("SIGHUP: all files are read again");
      etymond.read_all_again();
    }
    etymond.watch();
  }
  tell_service_manager(daemon::kStopping);
  daemon::log_info("stopping");
  etymond.stop();
  return ExitStatus::kOk;
}

// Work on a store that is not being served.
ExitStatus keep_store(const daemon::Flags& flags, const daemon::Config& config) {
  if (const Status owner = daemon::act_as_owner(config.store.path); !owner) {
    return fail(ExitStatus::kStore, owner.error().message);
  }
  daemon::Kept kept;
  if (flags.action == daemon::Action::kRestore) {
    kept = daemon::restore_store(flags.backup, config.store.path);
  } else if (flags.action == daemon::Action::kRepair) {
    kept = daemon::repair_store(config.store.path, SystemClock().wall());
  } else {
    kept = daemon::verify_store(config.store.path);
  }
  std::fputs(kept.report.c_str(), stdout);
  return kept.trouble.empty() ? kept.status : fail(kept.status, kept.trouble);
}

ExitStatus run(api::Arguments arguments) {
  const auto parsed = daemon::parse_flags(arguments);
  if (!parsed) {
    return fail(ExitStatus::kConfig, parsed.error().message);
  }
  if (const auto* notice = std::get_if<daemon::Notice>(&*parsed)) {
    std::fputs(notice->text.c_str(), stdout);
    return ExitStatus::kOk;
  }
  const auto& flags = std::get<daemon::Flags>(*parsed);
  const Result<daemon::Config> config = daemon::load_config(flags, daemon::read_machine());
  if (!config) {
    return fail(ExitStatus::kConfig, config.error().message);
  }
  const bool checks = flags.action == daemon::Action::kCheckConfig;
  if (!checks && flags.action != daemon::Action::kServe) {
    return keep_store(flags, *config);
  }
  if (const Status checked = daemon::check_files(*config); !checked) {
    return fail(ExitStatus::kConfig, checked.error().message);
  }
  return checks ? praise(*config) : serve(*config);
}

}  // namespace

int main(int argc, char** argv) {
  return static_cast<int>(run(api::arguments_of(argc, argv)));
}

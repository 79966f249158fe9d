// Daemon: the whole of etymond, put together; the one place that knows every part.
//
// start(), watch(), read_all_again() and stop() belong to one thread. Loops answer on threads of
// their own, the API on gRPC's; they meet in the store, which is thread-safe, and in status(),
// flush_cache() and set_log_level(), which any thread may call.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/daemon/config.h"
#include "api/daemon/exit_status.h"
#include "api/daemon/local_knowledge.h"
#include "api/daemon/processors.h"
#include "api/daemon/resolver_loop.h"
#include "api/daemon/reverse_finder.h"
#include "api/daemon/system_upstreams.h"
#include "api/daemon/upstream_news.h"
#include "api/service/api_server.h"
#include "api/service/resolver_control.h"
#include "api/service/status_source.h"
#include "resolver/base/clock.h"
#include "resolver/hosts/host_watcher.h"
#include "store/store.h"

namespace etymon::daemon {

// How starting went: kOk, or what main() ends with and the line that it prints.
struct Started {
  ExitStatus status = ExitStatus::kOk;
  std::string message;
};

class Daemon final : public service::StatusSource, public service::ResolverControl {
 public:
  // `clock` outlives the daemon.
  Daemon(Config config, const Clock& clock);
  ~Daemon() override;  // as stop()

  // Opens the store, then the sockets, then the API: whoever can reach the API finds all the rest
  // at work. What was opened before a failure is closed again, and the time counts as not covered.
  Started start();

  // To be called every second or so: keeps what was learned of devices, lets the loops know what
  // has changed in the files of local knowledge and in resolv.conf, and logs when recording or an
  // upstream has stopped, or goes on again, since the last call.
  void watch();

  // The next watch() reads all files again, whether they seem to have changed or not. (Those of the
  // API are looked at each second anyway.)
  void read_all_again();

  // In order: no new questions, the last turn recorded and sent, the API, the store. Idempotent.
  void stop();

  service::ResolverStatus status() const override;
  std::optional<uint64_t> flush_cache(const DomainName& name, service::FlushExtent extent) override;
  api::LogLevel set_log_level(api::LogLevel level) override;

 private:
  Started open_store();
  Started watch_hosts();
  Started open_loops();
  Started open_api();
  void stop_all_but_store();
  void close_store(Status (store::Store::*close)());
  void renew_knowledge();
  void renew_links();
  void renew_upstreams();
  std::vector<upstream::ServerStatus> upstream_states() const;
  void tell_of_the_store(const store::Statistics& now);
  // To the log, once all of it holds: a start that fails says only why.
  void announce() const;

  const Config config_;
  const Clock& clock_;
  const WallTime started_at_;
  service::Feed feed_;  // outlives the store, which tells it
  std::unique_ptr<store::Store> store_;
  const SystemFiles files_;
  LocalKnowledge knowledge_;
  std::optional<SystemUpstreams> upstreams_;  // nothing: they are the operator's
  UpstreamNews upstream_news_;
  std::vector<IpPrefix> links_;       // the networks that the machine was in when last looked
  std::vector<IpAddress> addresses_;  // the machine's, when a new upstream might have been one
  std::unique_ptr<hosts::HostWatcher> hosts_;
  std::optional<OnProcessors> off_the_loops_;  // the main thread, and what it starts
  std::vector<std::unique_ptr<ResolverLoop>> loops_;
  std::unique_ptr<ReverseFinder> reverse_;  // null: not wanted; goes before the loops it posts to
  std::unique_ptr<service::ApiServer> api_;
  // When watch() looked last.
  uint64_t folds_ = 0;
  std::optional<WallTime> kept_since_;
  bool recording_ = true;
  std::string damage_;
  std::string hosts_unsaved_;  // why, when watch() looked last; empty: they were
};

}  // namespace etymon::daemon

#include "api/daemon/daemon.h"

#include <algorithm>
#include <future>
#include <utility>

#include "api/daemon/forget_notice.h"
#include "api/daemon/log.h"
#include "api/daemon/machine.h"
#include "api/version.h"
#include "resolver/base/random.h"
#include "resolver/base/this_thread.h"
#include "resolver/base/time_text.h"
#include "resolver/upstream/own_address.h"

namespace etymon::daemon {

namespace {

// For all loops. A turn takes milliseconds; a walk through a large cache some tens of them.
constexpr Seconds kFlushWait(1);

Started failed(ExitStatus status, const Error& error) {
  return {status, error.message};
}

service::UpstreamState state_of(const upstream::ServerStatus& server) {
  if (!server.up) {
    return service::UpstreamState::kDown;
  }
  return server.messages == 0 ? service::UpstreamState::kUntried : service::UpstreamState::kUp;
}

// Two loops' experience with one upstream. It is up while either loop reaches it, of which one that
// never asked it knows nothing, and as slow as the loop with more answers finds it.
void add(const upstream::ServerStatus& from, upstream::ServerStatus& to) {
  if (from.answers > to.answers) {
    to.round_trip = from.round_trip;
  }
  if (from.messages > 0) {
    to.up = from.up || (to.up && to.messages > 0);
  }
  to.messages += from.messages;
  to.answers += from.answers;
  to.timeouts += from.timeouts;
  to.wrong_cookies += from.wrong_cookies;
  to.missing_cookies += from.missing_cookies;
  to.case_unproven |= from.case_unproven;
}

// All loops have the same upstreams in the same order, but for the moment in which they change.
void add(const std::vector<upstream::ServerStatus>& from, std::vector<upstream::ServerStatus>& to) {
  for (size_t i = 0; i < from.size(); ++i) {
    if (i < to.size() && to[i].endpoint == from[i].endpoint) {
      add(from[i], to[i]);
    } else {
      to.push_back(from[i]);
    }
  }
}

void add(const cache::Counters& from, service::CacheStatus& to) {
  to.hits += from.hits;
  to.misses += from.misses;
  to.entries += from.entries;
  to.bytes += from.bytes;
}

void add(const LoopFigures& from, service::AnsweringStatus& to) {
  to.local += from.forwarded.local;
  to.blocked += from.forwarded.blocked;
  to.stale += from.forwarded.stale;
  to.joined += from.forwarded.joined;
  to.refreshes += from.forwarded.refreshes;
  to.failed_upstream += from.forwarded.failed_upstream;
  to.overloaded += from.forwarded.overloaded;
  to.not_recursed += from.forwarded.not_recursed;
  to.not_implemented += from.forwarded.not_implemented;
  to.denied += from.denied;
  to.limited += from.limited;
  to.rebinding += from.forwarded.rebinding;
  to.withheld += from.forwarded.withheld;
  to.ttl_changed += from.forwarded.ttl_changed;
  to.good_cookies += from.forwarded.good_cookies;
  to.bad_cookies += from.forwarded.bad_cookies;
}

void add(const upstream::Counters& from, service::AskingStatus& to) {
  to.mismatches += from.mismatches;
  to.case_mismatches += from.case_mismatches;
  to.moved_to_tcp += from.moved_to_tcp;
  to.truncated += from.truncated;
  to.edns_refused += from.edns_refused;
  to.bad_cookies += from.bad_cookies;
  to.unreachable += from.unreachable;
  to.rejected += from.rejected;
  to.in_flight += from.in_flight;
  to.ports += from.ports;
  to.exhausted += from.exhausted;
}

void add(const listener::TcpListenerCounters& from, service::ConnectionsStatus& to) {
  to.accepted += from.accepted;
  to.open += from.open;
  to.over_limit += from.over_limit;
  to.denied += from.denied;
  to.timed_out += from.timed_out;
  to.not_reading += from.not_reading;
  to.oversized += from.oversized;
  to.exhausted += from.exhausted;
  to.unsent += from.unsent;
}

service::UpstreamStatus to_status(const upstream::ServerStatus& server) {
  service::UpstreamStatus status;
  status.endpoint = server.endpoint;
  status.state = state_of(server);
  if (server.round_trip > Microseconds(0)) {
    status.srtt = server.round_trip;
  }
  status.queries = server.messages;
  status.answers = server.answers;
  status.timeouts = server.timeouts;
  status.wrong_cookies = server.wrong_cookies;
  status.missing_cookies = server.missing_cookies;
  return status;
}

}  // namespace

Daemon::Daemon(Config config, const Clock& clock)
    : config_(std::move(config)),
      clock_(clock),
      started_at_(clock.wall()),
      knowledge_(config_, files_, SystemRandom().u64(), {log_warning, log_info, log_debug}),
      upstream_news_(config_.routes, log_warning, log_info) {
  if (config_.system_upstreams) {
    const auto is_own = [this](const Endpoint& server) {
      addresses_ = read_addresses().value_or(addresses_);
      return upstream::is_own(server, config_.listen.addresses, addresses_);
    };
    upstreams_.emplace(files_, config_.upstream.servers, is_own, log_warning);
  }
}

Daemon::~Daemon() {
  stop();
}

Started Daemon::start() {
  off_the_loops_.emplace(config_.listen.other_processors);
  for (Started (Daemon::*step)() :
       {&Daemon::open_store, &Daemon::watch_hosts, &Daemon::open_loops, &Daemon::open_api}) {
    if (Started started = (this->*step)(); started.status != ExitStatus::kOk) {
      stop_all_but_store();
      close_store(&store::Store::close_uncovered);
      return started;
    }
  }
  announce();
  return {};
}

Started Daemon::open_store() {
  store::Options options = config_.store;
  options.table_seed = SystemRandom().u64();
  options.on_recorded = [this](std::span<const Delivery> turn) { feed_.publish(turn); };
  options.on_gap = [this](const TimeSpan& gap) { feed_.publish_gap(gap); };
  options.on_forget = [](const store::ForgetNews& news) {
    const bool is_trouble = news.stage == store::ForgetNews::Stage::kFailed;
    (is_trouble ? log_warning : log_info)(notice_of(news));
  };
  options.on_loss = [](const std::string& loss) { log_warning("store: " + loss); };
  Result<std::unique_ptr<store::Store>> opened = store::Store::open(options, clock_);
  if (!opened) {
    return failed(ExitStatus::kStore, opened.error());
  }
  store_ = *std::move(opened);
  return {};
}

Started Daemon::watch_hosts() {
  hosts_ = std::make_unique<hosts::HostWatcher>(config_.hosts, *store_, clock_, log_warning);
  hosts_->start();
  return {};
}

Started Daemon::open_loops() {
  if (config_.answering.reverse != forward::ReversePolicy::kPassOn) {
    reverse_ = std::make_unique<ReverseFinder>(*store_, clock_);
  }
  SipKey cookie_seed;
  SystemRandom().fill(cookie_seed);
  links_ = read_links().value_or(links_);
  const auto places =
      std::make_shared<listener::ConnectionPlaces>(listener::ConnectionPlaces::Limits{
          config_.listen.tcp_connections, config_.listen.tcp_per_client});
  const std::vector<unsigned>& processors = config_.listen.processors;
  while (loops_.size() < config_.listen.loops) {
    const auto processor =
        processors.empty() ? std::nullopt : std::optional(processors[loops_.size()]);
    Result<std::unique_ptr<ResolverLoop>> loop =
        ResolverLoop::open(config_, {*store_, clock_, store_.get(), reverse_.get(), cookie_seed,
                                     admission_beside(config_.listen, links_), processor, places});
    if (!loop) {
      return failed(ExitStatus::kListen, loop.error());
    }
    loops_.push_back(*std::move(loop));
  }
  renew_knowledge();
  for (const auto& loop : loops_) {
    loop->start();
  }
  return {};
}

// The last of the threads to be started: whoever looks things up, and the main thread, stand behind
// those that answer clients.
Started Daemon::open_api() {
  step_behind();
  api_ = std::make_unique<service::ApiServer>(
      service::ApiServer::Sources{*store_, clock_, *this, *this, feed_});
  service::ApiServer::Options options;
  options.listen = config_.api;
  options.tls = config_.api_tls;
  options.access = config_.api_access;
  options.audit_file = config_.api_audit;
  options.limits.connections = config_.api_connections;
  options.reflection = config_.api_reflection;
  options.on_notice = log_at;
  options.nat64 = config_.answering.dns64.prefix;
  if (const Status listening = api_->start(options); !listening) {
    return failed(ExitStatus::kListen, listening.error());
  }
  return {};
}

void Daemon::renew_knowledge() {
  const std::shared_ptr<const local::Knowledge> knowledge = knowledge_.renew(clock_.wall());
  for (const auto& loop : loops_) {
    if (knowledge != nullptr) {
      loop->know(knowledge);
    }
  }
}

void Daemon::announce() const {
  log_info("store in " + config_.store.path);
  for (const Endpoint& server : config_.upstream.servers) {
    log_info("asking " + server.text());
  }
  for (const Endpoint& address : config_.listen.addresses) {
    log_info("answering on " + address.text() + ", UDP and TCP");
  }
  for (const api::ServerAddress& address : api_->listening()) {
    log_info("API on " + address.text());
  }
}

// A provider gives another IPv6 prefix, a cable is plugged in: the machine is in another network.
// One without descriptors is not: its clients still may ask.
void Daemon::renew_links() {
  std::optional<std::vector<IpPrefix>> links = read_links();
  if (!links || *links == links_) {
    return;
  }
  links_ = *std::move(links);
  for (const IpPrefix& link : links_) {
    log_debug("on the link " + link.text());
  }
  for (const auto& loop : loops_) {
    loop->admit(admission_beside(config_.listen, links_));
  }
}

// A laptop is carried to another network, whose resolvers are others.
void Daemon::renew_upstreams() {
  const auto servers = upstreams_ ? upstreams_->renew() : std::nullopt;
  if (!servers) {
    return;
  }
  for (const Endpoint& server : *servers) {
    log_info("asking " + server.text() + " from now on");
  }
  for (const auto& loop : loops_) {
    loop->ask(*servers);
  }
}

// None in the moment in which the upstreams change, and not all loops have the same ones.
std::vector<upstream::ServerStatus> Daemon::upstream_states() const {
  std::vector<upstream::ServerStatus> all;
  size_t most = 0;
  for (const auto& loop : loops_) {
    const std::vector<upstream::ServerStatus> known = loop->figures().upstreams;
    most = std::max(most, known.size());
    add(known, all);
  }
  return all.size() == most ? all : std::vector<upstream::ServerStatus>();
}

// What the store did since the last call, for who wants to know why the disk is busy.
void Daemon::tell_of_the_store(const store::Statistics& now) {
  if (std::exchange(folds_, now.folds) != now.folds) {
    log_debug("folded; deliveries in memory: " + std::to_string(now.tail_deliveries) +
              ", octets on the disk: " + std::to_string(now.disk_bytes));
  }
  if (std::exchange(kept_since_, now.kept_since) != now.kept_since && now.kept_since) {
    log_debug("retention has let go what is from before " + format_time(*now.kept_since));
  }
  if (std::exchange(damage_, now.damage) != now.damage && !now.damage.empty()) {
    log_error("the store is damaged: " + now.damage);
  }
}

void Daemon::watch() {
  renew_knowledge();
  renew_links();
  renew_upstreams();
  upstream_news_.look(upstream_states());
  const Status saved = store_->save_hosts();
  const std::string why = saved ? std::string() : saved.error().message;
  if (std::exchange(hosts_unsaved_, why) != why && !why.empty()) {
    log_warning(why + "; what is learned of devices is in memory only");
  }
  const store::Statistics statistics = store_->statistics();
  tell_of_the_store(statistics);
  if (std::exchange(recording_, statistics.recording) == statistics.recording) {
    return;
  }
  if (statistics.recording) {
    log_info("recording goes on; deliveries lost since the start: " +
             std::to_string(statistics.lost));
  } else {
    log_error("recording has stopped, answers go on: " + statistics.last_error);
  }
}

void Daemon::read_all_again() {
  knowledge_.read_all_again();
  if (upstreams_) {
    upstreams_->read_again();
  }
  hosts_->look_now();
}

void Daemon::stop() {
  stop_all_but_store();
  close_store(&store::Store::close);
}

void Daemon::stop_all_but_store() {
  for (const auto& loop : loops_) {
    loop->stop();
  }
  api_.reset();
  reverse_.reset();
  loops_.clear();
  hosts_.reset();
  off_the_loops_.reset();
}

void Daemon::close_store(Status (store::Store::*close)()) {
  if (store_ == nullptr) {
    return;
  }
  if (const Status closed = (store_.get()->*close)(); !closed) {
    log_error(closed.error().message);
  }
  store_.reset();
}

// All loops at once, and none of them waits for another.
std::optional<uint64_t> Daemon::flush_cache(const DomainName& name, service::FlushExtent extent) {
  using Extent = cache::AnswerCache::Extent;
  std::vector<std::future<size_t>> coming;
  for (const auto& loop : loops_) {
    coming.push_back(loop->flush(
        name, extent == service::FlushExtent::kName ? Extent::kName : Extent::kSubtree));
  }
  const MonotonicTime end = clock_.monotonic() + kFlushWait;
  uint64_t flushed = 0;
  for (std::future<size_t>& one : coming) {
    if (one.wait_for(end - clock_.monotonic()) != std::future_status::ready) {
      return std::nullopt;
    }
    flushed += one.get();
  }
  return flushed;
}

api::LogLevel Daemon::set_log_level(api::LogLevel level) {
  return daemon::set_log_level(level);
}

service::ResolverStatus Daemon::status() const {
  service::ResolverStatus status;
  status.version = api::kVersion;
  status.started_at = started_at_;
  std::vector<upstream::ServerStatus> upstreams;
  for (const auto& loop : loops_) {
    const LoopFigures figures = loop->figures();
    status.queries += figures.forwarded.queries - figures.forwarded.malformed;
    status.malformed += figures.forwarded.malformed;
    status.answered += figures.deliveries;
    add(figures, status.answering);
    add(figures.cache, status.cache);
    for (const upstream::Counters& group : figures.asked) {
      add(group, status.asking);
    }
    for (const listener::TcpListenerCounters& address : figures.connections) {
      add(address, status.connections);
    }
    add(figures.upstreams, upstreams);
  }
  for (const upstream::ServerStatus& server : upstreams) {
    status.upstreams.push_back(to_status(server));
  }
  return status;
}

}  // namespace etymon::daemon

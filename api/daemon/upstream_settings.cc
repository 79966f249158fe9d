#include "api/daemon/settings.h"

#include <chrono>
#include <set>
#include <sstream>

#include "api/daemon/client_ttl_list.h"
#include "api/daemon/put_values.h"

namespace etymon::daemon {
namespace {

using namespace std::chrono_literals;
using Kind = Setting::Kind;

// "corp.example 10.0.0.53 10.0.0.54:5300".
Result<upstream::Route> parse_route(const std::string& text) {
  const size_t end = text.find(' ');
  const Result<DomainName> zone = DomainName::from_text(text.substr(0, end));
  if (!zone.ok()) {
    return zone.error();
  }
  upstream::Route route{.zone = *zone, .servers = {}};
  std::istringstream rest(end == text.npos ? std::string() : text.substr(end));
  for (std::string word; rest >> word;) {
    const Result<Endpoint> server = parse_dns_endpoint(word);
    if (!server.ok()) {
      return server.error();
    }
    route.servers.push_back(*server);
  }
  return route.servers.empty()
             ? Result<upstream::Route>(invalid("'" + text + "' names no upstream"))
             : route;
}

// Of two entries for one zone nobody would ask the second's upstreams.
Status put_routes(Values values, Config& config) {
  if (Status status = put_list(values, config.routes, parse_route); !status) {
    return status;
  }
  if (config.routes.size() > upstream::Routes::kMax) {
    return invalid("more than 1000 zones have upstreams of their own");
  }
  std::set<std::string> zones;
  for (const upstream::Route& route : config.routes) {
    if (!zones.insert(route.zone.canonical().wire()).second) {
      return invalid("'" + route.zone.text() +
                     "' is there twice; put all its upstreams in one entry");
    }
  }
  return {};
}

constexpr Setting kUpstream[] = {
    {"upstream.addresses", "--upstream", Kind::kSome, "ADDR:PORT",
     "Recursive resolvers to ask, in order of preference (default those of resolv.conf, read again "
     "when it changes)",
     [](Values v, Config& c) { return put_list(v, c.upstream.servers, parse_dns_endpoint); }},
    {"upstream.domains", "", Kind::kList, "\"ZONE ADDR:PORT...\"",
     "Zones that resolvers of their own are asked about, and nobody else, with all names below: "
     "\"corp.example 10.0.0.53 10.0.0.54\"; the closest zone counts, those of local.domain and "
     "local.zones included; one entry a zone, at most 1000 (default: none)",
     put_routes},
    {"upstream.timeout", "", Kind::kText, "DURATION",
     "Give a question up after this long, 100ms to 30s (default 5s)",
     [](Values v, Config& c) {
       return put_duration<Milliseconds>(v, c.upstream.deadline, 100ms, 30s);
     }},
    {"upstream.retries", "", Kind::kNumber, "N",
     "Ask each upstream again this often, over TCP where its answer was cut or somebody guesses, "
     "1 to 8; when these are spent by waiting, a late answer still gets what it asks for, TCP say, "
     "and one upstream is asked once more when half of upstream.timeout is over (default 2)",
     [](Values v, Config& c) { return put_number(v, c.upstream.retries, 1, 8); }},
    {"upstream.retry_after", "", Kind::kText, "DURATION",
     "Ask again, or another one, no sooner than this after a question, 10ms to 5s; from then on "
     "when the upstream usually would have answered (default 200ms)",
     [](Values v, Config& c) {
       return put_duration<Microseconds>(v, c.upstream.patience_min, 10ms, 5s);
     }},
    {"upstream.failures", "", Kind::kNumber, "N",
     "An upstream that fails so many questions in a row is down, 1 to 100 (default 3)",
     [](Values v, Config& c) { return put_number(v, c.upstream.failures_max, 1, 100); }},
    {"upstream.explore", "", Kind::kNumber, "N",
     "One question in so many goes first to any upstream, whichever is the fastest, so that it is "
     "noticed when another one has become faster; 0 (none does) to 1000000 (default 32)",
     [](Values v, Config& c) { return put_number(v, c.upstream.explore_one_in, 0, 1'000'000); }},
    {"upstream.probe_max", "", Kind::kText, "DURATION",
     "An upstream that is down is tried after one second, and then after twice the time each, up "
     "to this, 1s to 1h (default 1m)",
     [](Values v, Config& c) {
       return put_duration<Microseconds>(v, c.upstream.back_off_max, 1s, 1h);
     }},
    {"upstream.cookies", "", Kind::kText, "on|off",
     "Send DNS cookies, so that an upstream that knows them and we know each other (default on)",
     [](Values v, Config& c) { return put_switch(v, c.upstream.cookies); }},
    {"upstream.segmentation", "", Kind::kText, "on|off",
     "The same as listen.segmentation for the questions that share a port (default on)",
     [](Values v, Config& c) { return put_runs(v, c.upstream.runs); }},
    {"upstream.client_subnet", "", Kind::kText, "strip|pass",
     "The subnet that a client says it is in (RFC 7871): strip, upstreams do not hear of it; pass, "
     "it goes upstream as it is, and what comes back is for this question alone, and not kept. "
     "What hosts.forwarders tell is never passed on (default strip)",
     [](Values v, Config& c) {
       using forward::ClientSubnet;
       return put_choice(v, c.answering.client_subnet, {"strip", ClientSubnet::kStrip},
                         {"pass", ClientSubnet::kPassOn});
     }},
    {"upstream.lower_case", "", Kind::kList, "ADDR:PORT",
     "Of all upstreams, those that do not keep the case of a name's letters, and are asked in "
     "lower case instead of a random one; others are found out, over TCP, and remembered for an "
     "hour; those that refuse TCP have to be here; where resolv.conf is followed, also those of "
     "another network (default: none)",
     [](Values v, Config& c) { return put_list(v, c.upstream.lower_case, parse_dns_endpoint); }},
    {"cache.size", "--cache-size", Kind::kText, "SIZE",
     "Memory for cached answers, 0 to 64GiB (default 64MiB)",
     [](Values v, Config& c) { return put_size(v, c.cache.bytes, 0, 64ULL << 30); }},
    {"cache.ttl_floor", "", Kind::kText, "DURATION",
     "Raise shorter TTLs to this, 0s to 1h (default 0s)",
     [](Values v, Config& c) { return put_seconds(v, c.answering.ttl.floor_s, 0s, 1h); }},
    {"cache.ttl_cap", "", Kind::kText, "DURATION", "Keep no answer longer, 1s to 1w (default 1d)",
     [](Values v, Config& c) { return put_seconds(v, c.answering.ttl.cap_s, 1s, 168h); }},
    {"cache.negative_cap", "", Kind::kText, "DURATION",
     "Keep no denial longer, 1s to 1d (default 1h)",
     [](Values v, Config& c) { return put_seconds(v, c.answering.ttl.negative_cap_s, 1s, 24h); }},
    {"cache.failure", "", Kind::kText, "DURATION",
     "Keep a failure this long, 1s to 5m (default 5s)",
     [](Values v, Config& c) { return put_seconds(v, c.answering.ttl.failure_s, 1s, 5min); }},
    {"cache.stale", "", Kind::kText, "DURATION",
     "Serve an answer this long after its time when no fresh one can be had, 0s (never) to 1w "
     "(default 1d)",
     [](Values v, Config& c) { return put_seconds(v, c.cache.keeping.stale_s, 0s, 168h); }},
    {"cache.stale_wait", "", Kind::kText, "DURATION",
     "A client waits this long for a fresh answer before it gets such a one, 0s to 5s "
     "(default 1800ms)",
     [](Values v, Config& c) {
       return put_duration<Milliseconds>(v, c.answering.stale_wait, 0ms, 5s);
     }},
    {"cache.stale_ttl", "", Kind::kText, "DURATION",
     "TTL that it is told with, 1s to 1h (default 30s)",
     [](Values v, Config& c) { return put_seconds(v, c.answering.stale_ttl_s, 1s, 1h); }},
    {"cache.refresh", "", Kind::kNumber, "PERCENT",
     "Ask anew for a popular name when it is asked for in the last part of its life, 0 (never) to "
     "50 percent (default 10)",
     [](Values v, Config& c) { return put_number(v, c.cache.keeping.refresh_percent, 0, 50); }},
    {"clients.ttl", "", Kind::kList, "\"PREFIX,... floor=DURATION cap=DURATION\"",
     "TTLs as these clients are told them, whatever others are told: floor 0s to 1h, cap 1s to 1w, "
     "or one of them; the longest prefix counts, and the cache keeps what it keeps; an answer that "
     "is served after its time has no floor (default: none)",
     [](Values v, Config& c) { return put(parse_client_ttls(v), c.answering.client_ttls); }},
};

}  // namespace

std::span<const Setting> upstream_settings() {
  return kUpstream;
}

}  // namespace etymon::daemon

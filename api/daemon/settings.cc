#include "api/daemon/settings.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <set>
#include <sstream>

#include "api/daemon/client_ttl_list.h"
#include "api/daemon/device_list.h"
#include "api/daemon/resolv_conf.h"
#include "api/daemon/values.h"
#include "resolver/hosts/lease_file.h"

namespace etymon::daemon {

namespace {

using namespace std::chrono_literals;
using Kind = Setting::Kind;
using Values = std::span<const std::string>;

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

// Puts a parsed value where it belongs, or hands its error on.
template <class Parsed, class Target>
Status put(const Result<Parsed>& parsed, Target& target) {
  if (!parsed) {
    return parsed.error();
  }
  target = static_cast<Target>(*parsed);
  return {};
}

template <class Target>
Status put_number(Values values, Target& target, uint64_t low, uint64_t high) {
  return put(parse_number(values.front(), low, high), target);
}

Status put_size(Values values, size_t& target, uint64_t low, uint64_t high) {
  return put(parse_size_within(values.front(), low, high), target);
}

// Target counts in its own unit, which must divide what was written.
template <class Target>
Status put_duration(Values values, Target& target, Target low, Target high) {
  const Result<Microseconds> parsed = parse_duration_within(values.front(), low, high);
  if (!parsed) {
    return parsed.error();
  }
  target = std::chrono::duration_cast<Target>(*parsed);
  return target == *parsed ? Status()
                           : invalid("'" + values.front() + "' is finer than this setting");
}

Status put_seconds(Values values, uint32_t& target, Seconds low, Seconds high) {
  Seconds seconds{};
  if (Status status = put_duration(values, seconds, low, high); !status) {
    return status;
  }
  target = static_cast<uint32_t>(seconds.count());
  return {};
}

// Each value through `parse`; all of them or none.
template <class T, class Parse>
Status put_list(Values values, std::vector<T>& target, Parse parse) {
  std::vector<T> parsed;
  for (const std::string& text : values) {
    Result<T> value = parse(text);
    if (!value) {
      return value.error();
    }
    parsed.push_back(*std::move(value));
  }
  target = std::move(parsed);
  return {};
}

Result<Endpoint> parse_dns_endpoint(const std::string& text) {
  return has_interface(text) ? invalid("'" + text + "': " + kNoInterface)
                             : Endpoint::from_text(text, kDnsPort);
}

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

Status put_access(Values values, ListenConfig& listen) {
  std::vector<IpPrefix> prefixes;
  if (Status status = put_list(values, prefixes, IpPrefix::from_text); !status) {
    return status;
  }
  listen.admission.access = listener::AccessList(std::move(prefixes));
  listen.allow_given = true;
  return {};
}

// One of two words.
template <class Choice>
Status put_choice(Values values, Choice& target, std::pair<const char*, Choice> one,
                  std::pair<const char*, Choice> other) {
  for (const auto& [word, choice] : {one, other}) {
    if (values.front() == word) {
      target = choice;
      return {};
    }
  }
  return invalid("'" + values.front() + "' is neither " + one.first + " nor " + other.first);
}

Status put_switch(Values values, bool& target) {
  return put_choice(values, target, {"on", true}, {"off", false});
}

Status put_runs(Values values, net::Runs& target) {
  return put_choice(values, target, {"on", net::Runs::kTogether}, {"off", net::Runs::kApart});
}

Status put_reverse(Values values, forward::ReversePolicy& target) {
  using forward::ReversePolicy;
  if (values.front() == "names") {
    target = ReversePolicy::kElsePassOn;
    return {};
  }
  const Status put = put_choice(values, target, {"pass", ReversePolicy::kPassOn},
                                {"only", ReversePolicy::kElseNxDomain});
  return put ? put : invalid("'" + values.front() + "' is none of pass, names, only");
}

Status put_rebinding(Values values, forward::Rebinding& target) {
  using forward::Rebinding;
  if (values.front() == "filter") {
    target = Rebinding::kFilter;
    return {};
  }
  const Status put =
      put_choice(values, target, {"flag", Rebinding::kFlag}, {"pass", Rebinding::kPass});
  return put ? put : invalid("'" + values.front() + "' is none of flag, filter, pass");
}

Status put_nat64_prefix(Values values, Nat64Prefix& target) {
  const Result<IpPrefix> block = IpPrefix::from_text(values.front());
  return block.ok() ? put(Nat64Prefix::from(*block), target) : Status(block.error());
}

Status put_text(Values values, std::string& target, size_t octets_max) {
  if (values.front().size() > octets_max) {
    return invalid("longer than " + std::to_string(octets_max) + " octets");
  }
  target = values.front();
  return {};
}

constexpr size_t kPathMax = 4096;  // octets, as Linux has it

Result<std::string> parse_path(const std::string& text) {
  return text.empty() ? Result<std::string>(invalid("a file's path is empty")) : text;
}

Status put_path(Values values, std::string& target) {
  const Result<std::string> path = parse_path(values.front());
  return path ? put_text(values, target, kPathMax) : path.error();
}

Status put_leases(Values values, std::vector<std::string>& target) {
  std::vector<std::string> paths;
  if (Status status = put_list(values, paths, parse_path); !status) {
    return status;
  }
  target = hosts::without_older_parts(std::move(paths));
  return {};
}

// Kept as text: the TTL of those that bring none may be set further down.
Status put_records(Values values, std::vector<std::string>& target) {
  return put_list(values, target, [](const std::string& text) -> Result<std::string> {
    const Result<wire::OwnedRecord> record = wire::record_from_text(text, 0);
    const Status checked = record.ok() ? local::check_own_record(*record) : Status(record.error());
    return checked.ok() ? Result(text) : invalid("'" + text + "': " + checked.error().message);
  });
}

Result<service::Role> parse_role(std::string_view text) {
  const std::optional<service::Role> role = service::role_from_text(text);
  return role ? Result<service::Role>(*role)
              : invalid("'" + std::string(text) + "' is none of ask, ingest, admin");
}

// What is asked and answered.
constexpr Setting kResolving[] = {
    {"listen.addresses", "--listen", Kind::kSome, "ADDR:PORT",
     "Answer DNS over UDP and TCP here (default 127.0.0.1:53 and [::1]:53)",
     [](Values v, Config& c) { return put_list(v, c.listen.addresses, parse_dns_endpoint); }},
    {"listen.allow", "--allow", Kind::kSome, "PREFIX",
     "Answer clients in these blocks only (default loopback, private, own links)",
     [](Values v, Config& c) { return put_access(v, c.listen); }},
    {"listen.loops", "--loops", Kind::kNumber, "N",
     "Event loops, each with its own thread and share of the cache, 1 to 64: equal questions in "
     "flight become one for each loop (default 1)",
     [](Values v, Config& c) { return put_number(v, c.listen.loops, 1, 64); }},
    {"listen.affinity", "", Kind::kText, "on|off",
     "Each loop stays on a processor of its own, and everything else on the others, if any are "
     "left, so that no lookup and no compaction takes it from an answer. Of several loops each "
     "takes the datagrams that came in on its processor (SO_INCOMING_CPU, since Linux 6.2), and no "
     "answer wakes another one. For network cards whose queues are spread over the processors: "
     "with one queue, one of the loops would get it all (default off)",
     [](Values v, Config& c) { return put_switch(v, c.listen.affinity); }},
    {"listen.strangers", "", Kind::kText, "drop|refuse",
     "What others get over UDP: nothing, or REFUSED in no more octets than they sent (default "
     "drop)",
     [](Values v, Config& c) {
       using listener::Strangers;
       return put_choice(v, c.listen.admission.strangers, {"drop", Strangers::kDrop},
                         {"refuse", Strangers::kRefuse});
     }},
    {"listen.rate", "", Kind::kNumber, "N",
     "UDP queries a second from each block that is neither private nor an own link, "
     "0 (no limit) to 1000000; each loop and address counts for itself (default 100)",
     [](Values v, Config& c) { return put_number(v, c.listen.admission.rate, 0, 1'000'000); }},
    {"listen.rate_block_v4", "", Kind::kNumber, "BITS",
     "What counts as one such block of IPv4 addresses, 8 to 32 (default 24)",
     [](Values v, Config& c) { return put_number(v, c.listen.admission.block_v4, 8, 32); }},
    {"listen.rate_block_v6", "", Kind::kNumber, "BITS",
     "The same of IPv6 addresses, 16 to 128 (default 56)",
     [](Values v, Config& c) { return put_number(v, c.listen.admission.block_v6, 16, 128); }},
    {"listen.local_rate", "", Kind::kNumber, "N",
     "UDP queries a second from each other address, 0 (no limit) to 1000000 (default 0)",
     [](Values v, Config& c) {
       return put_number(v, c.listen.admission.neighbour_rate, 0, 1'000'000);
     }},
    {"listen.slip", "", Kind::kNumber, "N",
     "Every how many queries over the limit get a truncated answer, 0 (none) to 10 (default 2)",
     [](Values v, Config& c) { return put_number(v, c.listen.admission.slip, 0, 10); }},
    {"listen.udp_size", "", Kind::kNumber, "N",
     "Octets of the largest answer over UDP, 512 to 1232 (default 1232)",
     [](Values v, Config& c) {
       return put_number(v, c.answering.udp_size_max, wire::kPlainUdpMax, wire::kEdnsSize);
     }},
    {"listen.segmentation", "", Kind::kText, "on|off",
     "Answers of one size that go to one client at once leave as one message, which the kernel "
     "divides (UDP_SEGMENT): half the cost of sending. Off where packets captured on this machine "
     "have to show each answer by itself (default on)",
     [](Values v, Config& c) { return put_runs(v, c.listen.runs); }},
    {"listen.tcp_connections", "", Kind::kNumber, "N",
     "Connections at once, to all addresses together, 1 to 20000 (default 512)",
     [](Values v, Config& c) { return put_number(v, c.listen.tcp_connections, 1, 20'000); }},
    {"listen.tcp_per_client", "", Kind::kNumber, "N",
     "Of them, those of one client, 1 to 20000 (default 32)",
     [](Values v, Config& c) { return put_number(v, c.listen.tcp_per_client, 1, 20'000); }},
    {"listen.tcp_idle", "", Kind::kText, "DURATION",
     "Close a connection without queries after this time, once all are answered, 100ms to 5m "
     "(default 10s)",
     [](Values v, Config& c) {
       return put_duration<Milliseconds>(v, c.answering.tcp_idle, 100ms, 5min);
     }},
    {"listen.tcp_message", "", Kind::kText, "DURATION",
     "Close one on which a query takes longer than this from its first octet to its last, 100ms to "
     "5m (default 5s)",
     [](Values v, Config& c) {
       return put_duration<Milliseconds>(v, c.listen.tcp_message, 100ms, 5min);
     }},
    {"listen.proxies", "", Kind::kList, "PREFIX",
     "Forwarders that put a PROXY header (version 2) in front of each datagram and connection, as "
     "dnsdist does with useProxyProtocol; what comes from them without it, or from others with it, "
     "is dropped. Who it names is the client, and must be in listen.allow (default: none)",
     [](Values v, Config& c) { return put_list(v, c.listen.proxies, IpPrefix::from_text); }},
    {"answer.any", "", Kind::kText, "minimal|pass",
     "Questions of type ANY over UDP: a small answer of our own (RFC 8482), or passed on as others "
     "(default minimal)",
     [](Values v, Config& c) {
       using forward::AnyPolicy;
       return put_choice(v, c.answering.any, {"minimal", AnyPolicy::kMinimal},
                         {"pass", AnyPolicy::kPassOn});
     }},
    {"answer.reverse", "", Kind::kText, "pass|names|only",
     "Questions for the name of a public address (PTR): passed on as others; or answered with the "
     "names that had led this client there, and passed on without any, or denied (default pass)",
     [](Values v, Config& c) { return put_reverse(v, c.answering.reverse); }},
    {"answer.server_id", "", Kind::kText, "TEXT",
     "Told to those who ask for id.server, hostname.bind or NSID, up to 64 octets (default: "
     "nothing is told)",
     [](Values v, Config& c) {
       return put_text(v, c.answering.identity.server, wire::kServerIdMax);
     }},
    {"answer.version", "", Kind::kText, "TEXT",
     "Told to those who ask for version.bind or version.server, up to 255 octets (default: nothing "
     "is told)",
     [](Values v, Config& c) { return put_text(v, c.answering.identity.version, 255); }},
    {"answer.cookies", "", Kind::kText, "on|off",
     "Give clients that send DNS cookies one of ours; who shows it is not held to listen.rate "
     "(default on)",
     [](Values v, Config& c) { return put_switch(v, c.client_cookies); }},
    {"answer.waiting_per_client", "", Kind::kNumber, "N",
     "Queries of one client that wait for an upstream, 1 to 16384, of 16384 in all; no client has "
     "more than it leaves free, and each loop counts for itself (default 4096)",
     [](Values v, Config& c) {
       return put_number(v, c.answering.in_flight.per_client_max, 1, 16'384);
     }},
    {"answer.questions", "", Kind::kNumber, "N",
     "Questions under way to upstreams, 1 to 20000; those to the upstreams of one zone, or to the "
     "general ones, are never more than three times those left free; each loop counts for itself "
     "(default 4096)",
     [](Values v, Config& c) {
       const Status put = put_number(v, c.answering.in_flight.questions_max, 1, 20'000);
       c.upstream.in_flight_max = c.answering.in_flight.questions_max;
       return put;
     }},
    {"answer.questions_per_zone", "", Kind::kNumber, "N",
     "Of them, those for names that end in the same two labels, 1 to 20000; they are never more "
     "than those left free (default 1024)",
     [](Values v, Config& c) {
       return put_number(v, c.answering.in_flight.per_zone_max, 1, 20'000);
     }},
    {"local.records", "", Kind::kList, "RECORD",
     "Records of names of one's own, as in a zone file: \"nas.lan 300 A 192.168.1.9\", "
     "\"*.dev.lan CNAME nas.lan\"; the TTL may be missing; no DNAME (default: none)",
     [](Values v, Config& c) { return put_records(v, c.local.records); }},
    {"local.record_files", "", Kind::kList, "FILE",
     "Files with more such records, one on a line; a line that begins with '#' or ';' is a "
     "comment; "
     "read again when they change (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.record_files, parse_path); }},
    {"local.hosts", "", Kind::kList, "FILE",
     "Hosts files, such as /etc/hosts; read again when they change (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.hosts, parse_path); }},
    {"local.domain", "", Kind::kText, "NAME",
     "This network's own domain: a name of one label in a hosts file is also in it, and what is "
     "not known in it does not exist, but in zones of upstream.domains and local.pass_on "
     "(default: none)",
     [](Values v, Config& c) { return put(DomainName::from_text(v.front()), c.local.domain); }},
    {"local.zones", "", Kind::kList, "ZONE",
     "More zones in which, in the same way, what is not known here does not exist (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.zones, DomainName::from_text); }},
    {"local.ttl", "", Kind::kText, "DURATION",
     "TTL of records that bring none, and of their absence, 0s to 1d (default 1m)",
     [](Values v, Config& c) { return put_seconds(v, c.local.ttl_s, 0s, 24h); }},
    {"local.pass_on", "--pass-on", Kind::kList, "ZONE",
     "Ask upstream about names in these zones although they are special: localhost, local, test, "
     "home.arpa, resolver.arpa, onion, private reverse zones, ..., or below local.domain "
     "(default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.passed_on, DomainName::from_text); }},
    {"block.lists", "", Kind::kList, "FILE",
     "Lists of names that are not resolved, nor any name below them: hosts files, or one name on a "
     "line, as it is or as \"||ads.example^\"; other lines are passed over, and the log "
     "says how many, and which is the first; read again when they change; some 45 MiB for a "
     "million (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.block.lists, parse_path); }},
    {"block.names", "", Kind::kList, "NAME", "More such names (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.block.names, DomainName::from_text); }},
    {"block.allow_lists", "", Kind::kList, "FILE",
     "Lists of names that are resolved whatever a list says, with all names below (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.block.allow_lists, parse_path); }},
    {"block.allow", "", Kind::kList, "NAME", "More such names (default: none)",
     [](Values v, Config& c) { return put_list(v, c.local.block.allowed, DomainName::from_text); }},
    {"block.answer", "", Kind::kText, "nxdomain|null",
     "What is said of a blocked name: that it does not exist, or that its address is 0.0.0.0 or :: "
     "(default nxdomain)",
     [](Values v, Config& c) {
       using local::BlockAnswer;
       return put_choice(v, c.local.block.form.answer, {"nxdomain", BlockAnswer::kNxDomain},
                         {"null", BlockAnswer::kNullAddress});
     }},
    {"block.ttl", "", Kind::kText, "DURATION", "For how long, 0s to 1d (default 10s)",
     [](Values v, Config& c) { return put_seconds(v, c.local.block.form.ttl_s, 0s, 24h); }},
    {"block.canary", "", Kind::kText, "deny|pass",
     "use-application-dns.net, by which Firefox asks whether it may go around this network's DNS: "
     "deny says that it may not (default deny)",
     [](Values v, Config& c) {
       return put_choice(v, c.local.block.canary_denied, {"deny", true}, {"pass", false});
     }},
    {"block.private_relay", "", Kind::kText, "deny|pass",
     "mask.icloud.com and mask-h2.icloud.com, without which iCloud Private Relay, which goes "
     "around this network's DNS, stays off and says so (default pass)",
     [](Values v, Config& c) {
       return put_choice(v, c.local.block.private_relay_denied, {"deny", true}, {"pass", false});
     }},
    {"rebinding.guard", "", Kind::kText, "flag|filter|pass",
     "A name that upstream leads to private, link-local or loopback addresses (DNS rebinding): "
     "flag, the record says so; filter, the client is not told these addresses, and the record "
     "says which; pass, nothing is done (default flag)",
     [](Values v, Config& c) { return put_rebinding(v, c.answering.rebinding.policy); }},
    {"rebinding.allow", "", Kind::kList, "NAME",
     "Names that may lead there, with all names below; those below upstream.domains and "
     "local.pass_on may anyway (default: none)",
     [](Values v, Config& c) {
       return put_list(v, c.answering.rebinding.trusted, DomainName::from_text);
     }},
    {"rebinding.loopback", "", Kind::kText, "guard|pass",
     "Whether this holds for 127.0.0.0/8, 0.0.0.0/8, ::1 and :: too, which lists of addresses "
     "(DNSBLs) and upstreams that block answer with (default guard)",
     [](Values v, Config& c) {
       using Loopback = forward::RebindingGuard::Loopback;
       return put_choice(v, c.answering.rebinding.loopback, {"guard", Loopback::kGuard},
                         {"pass", Loopback::kPass});
     }},
    {"dns64.synthesis", "", Kind::kText, "on|off",
     "Make AAAA records of A records for names that have none, so that clients without IPv4 reach "
     "them through a NAT64 (RFC 6147), at the cost of a second question upstream; and CNAMEs for "
     "reverse names (default off)",
     [](Values v, Config& c) { return put_switch(v, c.answering.dns64.on); }},
    {"dns64.prefix", "", Kind::kText, "PREFIX",
     "The NAT64's prefix, of 32, 40, 48, 56, 64 or 96 bits (default 64:ff9b::/96, which is for "
     "public addresses only)",
     [](Values v, Config& c) { return put_nat64_prefix(v, c.answering.dns64.prefix); }},
    {"dns64.clients", "", Kind::kSome, "PREFIX", "Clients who get such answers (default all)",
     [](Values v, Config& c) {
       return put_list(v, c.answering.dns64.clients, IpPrefix::from_text);
     }},
    {"dns64.exclude", "", Kind::kList, "PREFIX",
     "IPv4 addresses of which none are made: those to which the NAT64 knows no way (default: none)",
     [](Values v, Config& c) {
       return put_list(v, c.answering.dns64.excluded, IpPrefix::from_text);
     }},
    {"dns64.ignore", "", Kind::kSome, "PREFIX",
     "IPv6 addresses that count as none, and are not shown (default ::ffff:0:0/96)",
     [](Values v, Config& c) {
       return put_list(v, c.answering.dns64.hidden, IpPrefix::from_text);
     }},
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

// What is kept, and who may see it.
constexpr Setting kKeeping[] = {
    {"store.path", "--store", Kind::kText, "DIR",
     "Folder of the memory; made when missing (default /var/lib/etymon)",
     [](Values v, Config& c) {
       if (v.front().empty()) {
         return Status(invalid("the folder's path is empty"));
       }
       c.store.path = v.front();
       return Status();
     }},
    {"store.record_wait", "", Kind::kText, "DURATION",
     "An answer waits this long for its record, 1ms to 1s (default 20ms)",
     [](Values v, Config& c) {
       return put_duration<Milliseconds>(v, c.store.record_wait, 1ms, 1s);
     }},
    {"store.sync", "--sync", Kind::kText, "DURATION",
     "A power loss may cost this much history, and more where a sync takes longer than a quarter\n"
     "of it: 0s (sync each write) to 1m (default 1s)",
     [](Values v, Config& c) {
       return put_duration<Milliseconds>(v, c.store.sync_every, 0ms, 60s);
     }},
    {"store.tail", "", Kind::kNumber, "N",
     "Deliveries in memory before they are folded, 1000 to 10000000 (default 1000000)",
     [](Values v, Config& c) {
       return put_number(v, c.store.tail_deliveries_max, 1'000, 10'000'000);
     }},
    {"store.tail_memory", "", Kind::kText, "SIZE",
     "Memory they may take before they are folded, 1MiB to 4GiB (default 64MiB)",
     [](Values v, Config& c) {
       return put_size(v, c.store.tail_bytes_max, 1 << 20, size_t{4} << 30);
     }},
    {"store.answers", "", Kind::kText, "SIZE",
     "Memory for answers that are folded, so that cached ones are recorded without reading the "
     "store: 100 to 200 octets each, 0 to 64GiB (default 32MiB)",
     [](Values v, Config& c) {
       return put_size(v, c.store.answers_bytes_max, 0, size_t{64} << 30);
     }},
    {"store.fold_after", "", Kind::kText, "DURATION",
     "Fold them after this time in any case, 1s to 1d (default 5m)",
     [](Values v, Config& c) { return put_duration<Seconds>(v, c.store.fold_after, 1s, 24h); }},
    {"store.block_cache", "", Kind::kText, "SIZE",
     "Memory for reading the store, blocks and rows, 1MiB to 64GiB (default 32MiB)",
     [](Values v, Config& c) {
       return put_size(v, c.store.block_cache_bytes, 1 << 20, 64ULL << 30);
     }},
    {"hosts.neighbours", "", Kind::kText, "watch|ignore",
     "Learn from the kernel's neighbour table which addresses are one device's (default watch)",
     [](Values v, Config& c) {
       using hosts::Neighbours;
       return put_choice(v, c.hosts.neighbours, {"watch", Neighbours::kWatch},
                         {"ignore", Neighbours::kIgnore});
     }},
    {"hosts.leases", "", Kind::kList, "FILE",
     "Learn it from these lease files too, of dnsmasq or of Kea's memfile (with its .1 and .2, "
     "where it puts what is old), and answer the names in them, with and without local.domain "
     "(default: none)",
     [](Values v, Config& c) { return put_leases(v, c.hosts.lease_files); }},
    {"hosts.devices", "", Kind::kList, "NAME ADDRESS|MAC",
     "Devices that are known: one entry for each address or MAC, such as \"nas 192.168.1.9\"; "
     "believed before anything learned (default: none)",
     [](Values v, Config& c) { return put_devices(v, c.store.hosts); }},
    {"hosts.forwarders", "", Kind::kList, "PREFIX",
     "Forwarders that are believed when they name a question's client in their OPT record, as "
     "dnsmasq does with add-subnet=32,128, and its MAC, with add-mac; with a MAC alone the client "
     "is "
     "found in hosts.leases (default: none)",
     [](Values v, Config& c) {
       return put_list(v, c.answering.trusted_forwarders, IpPrefix::from_text);
     }},
    {"hosts.linger", "", Kind::kText, "DURATION",
     "An address stays a device's for this long after it was last seen there, 1m to 1w (default "
     "1h)",
     [](Values v, Config& c) { return put_duration<Seconds>(v, c.store.hosts.linger, 60s, 168h); }},
    {"hosts.addresses_max", "", Kind::kNumber, "N",
     "A device with more addresses at once answers for others and joins none, 2 to 1000 "
     "(default 32)",
     [](Values v, Config& c) { return put_number(v, c.store.hosts.addresses_max, 2, 1'000); }},
    {"store.keep", "", Kind::kText, "DURATION",
     "Let deliveries go that are older, 1h to 36500d (default 36500d)",
     [](Values v, Config& c) {
       return put_duration<Seconds>(v, c.store.retention.keep, store::RetentionLimits::kKeepMin,
                                    store::RetentionLimits::kKeepMax);
     }},
    {"store.keep_bytes", "", Kind::kText, "SIZE",
     "Let the oldest go when the tables take more, each client's own, 1MiB to 16384GiB (default "
     "8GiB)",
     [](Values v, Config& c) {
       return put_size(v, c.store.retention.keep_bytes, store::RetentionLimits::kBytesMin,
                       store::RetentionLimits::kBytesMax);
     }},
    {"api.listen", "--api", Kind::kSome, "unix:PATH|ADDR:PORT",
     "Offer the API here (default unix:/run/etymon/api.sock and 127.0.0.1:5380)",
     [](Values v, Config& c) { return put_list(v, c.api, api::ServerAddress::from_text); }},
    {"api.callers", "", Kind::kText, "FILE",
     "Who may call the API by token or certificate, read again when it changes; a line each: NAME "
     "ask|ingest|admin token:SECRET|cert:COMMON-NAME [PREFIX,...] (default none)",
     [](Values v, Config& c) { return put_path(v, c.api_access.callers_file); }},
    {"api.loopback", "", Kind::kText, "ask|ingest|admin",
     "What everybody on this machine may do over a loopback address; the unix socket's file mode "
     "says who may do everything (default ask)",
     [](Values v, Config& c) { return put(parse_role(v.front()), c.api_access.loopback); }},
    {"api.audit", "", Kind::kText, "FILE",
     "Keep a record of who asked what about whom, a line of JSON each (default none)",
     [](Values v, Config& c) { return put_path(v, c.api_audit); }},
    {"api.tls_certificate", "", Kind::kText, "FILE",
     "PEM, with its chain, for addresses that other machines can reach (default none)",
     [](Values v, Config& c) { return put_path(v, c.api_tls.certificate); }},
    {"api.tls_key", "", Kind::kText, "FILE", "PEM, the key of that certificate (default none)",
     [](Values v, Config& c) { return put_path(v, c.api_tls.key); }},
    {"api.tls_client_ca", "", Kind::kText, "FILE",
     "PEM; callers from other machines need a certificate that it signed (default: they need none)",
     [](Values v, Config& c) { return put_path(v, c.api_tls.client_ca); }},
    {"api.reflection", "", Kind::kText, "on|off",
     "Tell programs such as grpcurl, which bring no protos, what the API has (default off)",
     [](Values v, Config& c) { return put_switch(v, c.api_reflection); }},
    {"log.level", "--log-level", Kind::kText, "LEVEL",
     "error, warning, info or debug, which also tells what is read of each file and what the store "
     "does (default info)",
     [](Values v, Config& c) { return put(api::log_level_from_text(v.front()), c.log_level); }},
};

constexpr auto kSettings = [] {
  std::array<Setting, std::size(kResolving) + std::size(kKeeping)> all{};
  std::ranges::copy(kKeeping, std::ranges::copy(kResolving, all.begin()).out);
  return all;
}();

}  // namespace

std::span<const Setting> settings() {
  return kSettings;
}

const Setting* find_setting(std::string_view key) {
  const auto found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                  [&](const Setting& setting) { return setting.key == key; });
  return found == std::end(kSettings) ? nullptr : found;
}

}  // namespace etymon::daemon

#include "api/daemon/settings.h"

#include <chrono>

#include "api/daemon/put_values.h"

namespace etymon::daemon {
namespace {

using namespace std::chrono_literals;
using Kind = Setting::Kind;

Status put_access(Values values, ListenConfig& listen) {
  std::vector<IpPrefix> prefixes;
  if (Status status = put_list(values, prefixes, IpPrefix::from_text); !status) {
    return status;
  }
  listen.admission.access = listener::AccessList(std::move(prefixes));
  listen.allow_given = true;
  return {};
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

constexpr Setting kListening[] = {
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
};

}  // namespace

std::span<const Setting> listening_settings() {
  return kListening;
}

}  // namespace etymon::daemon

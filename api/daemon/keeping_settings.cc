#include "api/daemon/settings.h"

#include <chrono>

#include "api/daemon/device_list.h"
#include "api/daemon/put_values.h"
#include "resolver/hosts/lease_file.h"

namespace etymon::daemon {
namespace {

using namespace std::chrono_literals;
using Kind = Setting::Kind;

Status put_leases(Values values, std::vector<std::string>& target) {
  std::vector<std::string> paths;
  if (Status status = put_list(values, paths, parse_path); !status) {
    return status;
  }
  target = hosts::without_older_parts(std::move(paths));
  return {};
}

Result<service::Role> parse_role(std::string_view text) {
  const std::optional<service::Role> role = service::role_from_text(text);
  return role ? Result<service::Role>(*role)
              : invalid("'" + std::string(text) + "' is none of ask, ingest, admin");
}

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

}  // namespace

std::span<const Setting> keeping_settings() {
  return kKeeping;
}

}  // namespace etymon::daemon

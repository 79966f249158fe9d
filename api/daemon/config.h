// Config: everything an operator may set, as values ready for the parts that use them.
//
// Each setting comes from the first of these that gives it: command line, configuration file,
// default. settings.cc has the list, with flag, unit, range and default; `etymond --help` prints
// it. A value, made by one thread at the start. Errors are kInvalidArgument, of one line.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/daemon/log.h"
#include "api/server_address.h"
#include "api/service/callers.h"
#include "api/service/limits.h"
#include "api/service/tls.h"
#include "resolver/forward/forwarder.h"
#include "resolver/hosts/host_watcher.h"
#include "resolver/listener/admission.h"
#include "resolver/local/block_list.h"
#include "resolver/model/ip_address.h"
#include "resolver/upstream/pool.h"
#include "resolver/upstream/routes.h"
#include "store/store.h"

namespace etymon::daemon {

struct ListenConfig {
  std::vector<Endpoint> addresses;       // UDP and TCP alike (RFC 7766 section 5 asks for both)
  listener::AdmissionOptions admission;  // as set; see admission_beside()
  bool allow_given = false;       // the access list is the operator's: nothing is added to it
  std::vector<IpPrefix> proxies;  // forwarders that must send a PROXY header
  net::Runs runs = net::Runs::kTogether;
  size_t tcp_connections = 512;
  size_t tcp_per_client = 32;
  Milliseconds tcp_message{5'000};
  unsigned loops = 1;     // event loops, each on a thread of its own
  bool affinity = false;  // each on a processor of its own, and answers what comes in there
  // Those of the loops, in their order; filled in by complete(). Empty: wherever the kernel likes.
  std::vector<unsigned> processors = {};
  // Where everything else runs then. Empty: no processor is left, or none is set apart.
  std::vector<unsigned> other_processors = {};
};

struct CacheConfig {
  size_t bytes = 64 << 20;  // of all loops together
  cache::Keeping keeping;
};

// What its owner does not want resolved.
struct BlockConfig {
  std::vector<std::string> lists;        // paths
  std::vector<std::string> allow_lists;  // paths
  std::vector<DomainName> names;
  std::vector<DomainName> allowed;
  local::BlockList::Options form;
  bool canary_denied = true;          // use-application-dns.net
  bool private_relay_denied = false;  // mask.icloud.com, mask-h2.icloud.com
};

// What is answered without asking anybody. Paths: a file that was never there has no lines.
struct LocalConfig {
  std::vector<std::string> records;  // in presentation form, each read once to see that it is one
  std::vector<std::string> record_files;  // paths of files with one such record on a line
  std::vector<std::string> hosts;         // paths of hosts files
  std::vector<DomainName> zones;          // known here alone
  std::optional<DomainName> domain;       // the same, and where names of one label are
  uint32_t ttl_s = 60;                    // of what brings none
  BlockConfig block;
  std::vector<DomainName> passed_on;  // special-use zones that are asked upstream all the same
};

inline store::Options store_defaults() {
  store::Options options;
  options.path = "/var/lib/etymon";
  return options;
}

struct Config {
  ListenConfig listen;
  upstream::Options upstream;
  bool system_upstreams = false;  // they are those of resolv.conf, perhaps none, and follow it
  std::vector<upstream::Route> routes;  // zones with upstreams of their own
  CacheConfig cache;
  forward::Forwarder::Options answering;
  bool client_cookies = true;  // clients that send cookies get one of ours
  LocalConfig local;
  store::Options store = store_defaults();
  hosts::HostWatcher::Options hosts;  // what is learned from; what becomes of it is the store's
  std::vector<api::ServerAddress> api;
  service::ConnectionLimit api_connections;
  service::Tls api_tls;
  service::AccessOptions api_access;
  std::string api_audit;  // a file; empty: no record
  bool api_reflection = false;
  LogLevel log_level = LogLevel::kInfo;
};

// What a forwarder is given: `answering`, where names in zones that somebody in this network is
// asked about are its own, so that they may lead to private addresses.
forward::Forwarder::Options forwarder_options(const Config& config);

// Who may ask where the machine is in the networks `links`: they are as near as the private ones,
// whatever their addresses, and come and go while the daemon runs.
listener::AdmissionOptions admission_beside(const ListenConfig& listen,
                                            std::span<const IpPrefix> links);

// What defaults depend on. Read by the daemon, given by a test.
struct Machine {
  std::vector<IpAddress> addresses;        // of all network interfaces
  std::string resolv_conf;                 // text of /etc/resolv.conf; empty when there is none
  std::vector<IpPrefix> links = {};        // the networks that the addresses are in
  bool has_siphash = true;                 // OpenSSL may be built or configured without
  std::vector<unsigned> processors = {0};  // that the process may use, ascending
};

// Fills in what is still empty with the defaults that depend on the machine, then checks what only
// the whole can show: an upstream that leads back to us, an API open to other machines.
Status complete(Config& config, const Machine& machine);

}  // namespace etymon::daemon

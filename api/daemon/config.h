// Config: everything an operator may set, as values ready for the parts that use them.
//
// Each setting comes from the first of these that gives it: command line, configuration file,
// default. settings.cc has the list, with flag, unit, range and default; `etymond --help` prints
// it. A value, made by one thread at the start. Errors are kInvalidArgument, of one line.
#pragma once

#include <string>
#include <vector>

#include "api/daemon/log.h"
#include "api/server_address.h"
#include "api/service/api_server.h"
#include "resolver/forward/forwarder.h"
#include "resolver/listener/admission.h"
#include "resolver/model/ip_address.h"
#include "resolver/upstream/pool.h"
#include "store/store.h"

namespace etymon::daemon {

struct ListenConfig {
  std::vector<Endpoint> addresses;  // UDP and TCP alike (RFC 7766 section 5 asks for both)
  listener::AdmissionOptions admission;
  bool allow_given = false;  // the access list is the operator's: nothing is added to it
  size_t tcp_connections = 512;
  size_t tcp_per_client = 32;
  unsigned loops = 1;  // event loops, each on a thread of its own
};

struct CacheConfig {
  size_t bytes = 64 << 20;  // of all loops together
  cache::Keeping keeping;
};

inline store::Options store_defaults() {
  store::Options options;
  options.path = "/var/lib/etymon";
  return options;
}

struct Config {
  ListenConfig listen;
  upstream::Options upstream;
  CacheConfig cache;
  forward::Forwarder::Options answering;
  store::Options store = store_defaults();
  std::vector<api::ServerAddress> api;
  service::ApiServer::Tls api_tls;
  service::AccessOptions api_access;
  std::string api_audit;  // file; empty: no record
  LogLevel log_level = LogLevel::kInfo;
};

// What defaults depend on. Read by the daemon, given by a test.
struct Machine {
  std::vector<IpAddress> addresses;  // of all network interfaces
  std::string resolv_conf;           // text of /etc/resolv.conf; empty when there is none
  std::vector<IpPrefix> links = {};  // the networks that the addresses are in
};

// Fills in what is still empty with the defaults that depend on the machine, then checks what only
// the whole can show: an upstream that leads back to us, an API open to other machines.
Status complete(Config& config, const Machine& machine);

}  // namespace etymon::daemon

#include "api/daemon/config.h"

#include <algorithm>

#include "api/daemon/resolv_conf.h"
#include "resolver/upstream/own_address.h"

namespace etymon::daemon {

namespace {

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

bool has_address(const Machine& machine, const IpAddress& address) {
  return std::find(machine.addresses.begin(), machine.addresses.end(), address) !=
         machine.addresses.end();
}

// Both loopback addresses, or only 127.0.0.1 where the machine speaks no IPv6.
std::vector<Endpoint> default_listen(const Machine& machine) {
  std::vector<Endpoint> addresses{{IpAddress::v4(0x7F000001), kDnsPort}};
  const IpAddress loopback6 = *IpAddress::from_text("::1");
  if (has_address(machine, loopback6)) {
    addresses.push_back({loopback6, kDnsPort});
  }
  return addresses;
}

std::vector<api::ServerAddress> default_api() {
  return {{std::string(api::kDefaultSocket), {}},
          {{}, {IpAddress::v4(0x7F000001), api::kDefaultPort}}};
}

// The system's resolvers, unless one of them is this very daemon. None where the machine is in no
// network yet.
std::vector<Endpoint> system_upstreams(const Config& config, const Machine& machine) {
  std::vector<Endpoint> servers = nameservers(machine.resolv_conf);
  std::erase_if(servers, [&](const Endpoint& server) {
    return upstream::is_own(server, config.listen.addresses, machine.addresses);
  });
  return servers;
}

Status check_listen(const Config& config) {
  for (const Endpoint& address : config.listen.addresses) {
    if (address.port == 0) {
      return invalid("listen address " + address.text() +
                     " has no port: UDP and TCP would get different ones");
    }
  }
  return {};
}

Status give_processors(ListenConfig& listen, const Machine& machine) {
  if (!listen.affinity) {
    return {};
  }
  if (listen.loops > machine.processors.size()) {
    return invalid("listen.affinity wants a processor for each loop, but for listen.loops = " +
                   std::to_string(listen.loops) + " this process may use only " +
                   std::to_string(machine.processors.size()) +
                   ": lower the one, or turn the other off");
  }
  const auto others = machine.processors.begin() + listen.loops;
  listen.processors.assign(machine.processors.begin(), others);
  listen.other_processors.assign(others, machine.processors.end());
  return {};
}

Status check_upstreams(const Config& config, const Machine& machine) {
  std::vector<Endpoint> servers = config.upstream.servers;
  for (const upstream::Route& route : config.routes) {
    servers.insert(servers.end(), route.servers.begin(), route.servers.end());
  }
  for (const Endpoint& server : config.upstream.lower_case) {
    // Those of resolv.conf are others in the next network.
    if (!config.system_upstreams && std::ranges::find(servers, server) == servers.end()) {
      return invalid("upstream.lower_case names " + server.text() + ", which is no upstream");
    }
  }
  for (const Endpoint& server : servers) {
    if (upstream::is_own(server, config.listen.addresses, machine.addresses)) {
      return invalid("upstream " + server.text() +
                     " is this daemon's own listen address: every question would go in a circle");
    }
  }
  return {};
}

Status check_cookies(const Config& config, const Machine& machine) {
  if (config.client_cookies && !machine.has_siphash) {
    return invalid("answer.cookies needs SipHash, which OpenSSL does not have here; set it to off");
  }
  return {};
}

// Nobody could say which of the two is meant.
Status check_ttls(const cache::TtlPolicy& ttl) {
  return ttl.floor_s <= ttl.cap_s ? Status()
                                  : invalid(
                                        "cache.ttl_floor is above cache.ttl_cap: lower the "
                                        "one, or raise the other");
}

// Whom other machines send must be told apart, and nobody between may listen.
Status check_api(const Config& config) {
  if (config.api_tls.certificate.empty() != config.api_tls.key.empty()) {
    return invalid("api.tls_certificate and api.tls_key belong together");
  }
  if (config.api_tls.certificate.empty() && !config.api_tls.client_ca.empty()) {
    return invalid(
        "api.tls_client_ca needs api.tls_certificate and api.tls_key: without them no caller "
        "can show a certificate");
  }
  const bool is_safe =
      !config.api_tls.certificate.empty() && !config.api_access.callers_file.empty();
  for (const api::ServerAddress& address : config.api) {
    if (!address.is_local() && !is_safe) {
      return invalid("api address " + address.text() +
                     " can be reached by other machines; use unix:PATH or a loopback address, or "
                     "set api.tls_certificate, api.tls_key and api.callers");
    }
  }
  return {};
}

}  // namespace

forward::Forwarder::Options forwarder_options(const Config& config) {
  forward::Forwarder::Options options = config.answering;
  std::vector<DomainName>& trusted = options.rebinding.trusted;
  // Whoever is asked about everything is asked about strangers.
  const auto trust = [&trusted](const DomainName& zone) {
    if (!zone.is_root()) {
      trusted.push_back(zone);
    }
  };
  for (const upstream::Route& route : config.routes) {
    trust(route.zone);
  }
  std::ranges::for_each(config.local.passed_on, trust);
  if (options.dns64.on) {
    options.rebinding.translator = options.dns64.prefix;
  }
  return options;
}

listener::AdmissionOptions admission_beside(const ListenConfig& listen,
                                            std::span<const IpPrefix> links) {
  listener::AdmissionOptions admission = listen.admission;
  for (const IpPrefix& link : links) {
    admission.neighbours.add(link);
    if (!listen.allow_given) {
      admission.access.add(link);
    }
  }
  return admission;
}

Status complete(Config& config, const Machine& machine) {
  if (config.listen.addresses.empty()) {
    config.listen.addresses = default_listen(machine);
  }
  if (config.api.empty()) {
    config.api = default_api();
  }
  if (config.upstream.servers.empty()) {
    config.upstream.servers = system_upstreams(config, machine);
    config.system_upstreams = true;
  }
  // What a cache holds it may deliver; an hour is spare for what is under way.
  config.store.answers_held_for = Seconds(config.answering.ttl.cap_s) +
                                  Seconds(config.cache.keeping.stale_s) + std::chrono::hours(1);
  if (Status checked = check_listen(config); !checked) {
    return checked;
  }
  if (Status given = give_processors(config.listen, machine); !given) {
    return given;
  }
  if (Status checked = check_upstreams(config, machine); !checked) {
    return checked;
  }
  if (Status checked = check_cookies(config, machine); !checked) {
    return checked;
  }
  if (Status checked = check_ttls(config.answering.ttl); !checked) {
    return checked;
  }
  return check_api(config);
}

}  // namespace etymon::daemon

// The system's own resolvers, as upstreams: resolv.conf(5). Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolver/model/ip_address.h"

namespace etymon::daemon {

inline constexpr const char* kResolvConf = "/etc/resolv.conf";

// The port that DNS servers answer on (RFC 1035 section 4.2).
inline constexpr uint16_t kDnsPort = 53;

// The `nameserver` lines of a resolv.conf, in order, each once. Lines that name no plain address
// (a zone such as fe80::1%eth0, a mistake) are passed over, as the C library does.
std::vector<Endpoint> nameservers(std::string_view resolv_conf);

}  // namespace etymon::daemon

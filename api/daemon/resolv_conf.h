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
// are passed over: mistakes, and those below.
std::vector<Endpoint> nameservers(std::string_view resolv_conf);

// Whether it is an address with an interface behind it (RFC 4007 section 11), such as fe80::1%eth0.
// No endpoint of ours has one.
bool has_interface(std::string_view address);
inline constexpr const char* kNoInterface = "addresses with an interface are not supported";

// One sentence for each of them on a `nameserver` line: that nobody is asked there, and why.
std::vector<std::string> nameservers_left_out(std::string_view resolv_conf);

}  // namespace etymon::daemon

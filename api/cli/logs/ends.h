// Which end of a flow is the LAN's host, and which the address that a name may have led to. Pure,
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/cli/logs/flow.h"
#include "resolver/model/ip_address.h"

namespace etymon::cli::logs {

// What counts as inside: private, shared, link-local, unique local and loopback addresses (RFC
// 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291), and what is added.
class Networks {
 public:
  Networks();
  void add(const IpPrefix& prefix) { prefixes_.push_back(prefix); }
  bool contains(const IpAddress& address) const;

 private:
  std::vector<IpPrefix> prefixes_;
};

struct Ends {
  IpAddress client;
  IpAddress address;
  uint16_t port = 0;  // at `address`
};

// The source when it is inside, or when neither end is; else the destination, behind a forwarded
// port the host that it led to.
Ends ends_of(const Flow& flow, const Networks& inside);

// A protocol as the API wants it: lower case, numbers by their names (IANA) where they are common.
// Empty for what it would not take.
std::string protocol_name(const std::string& written);

}  // namespace etymon::cli::logs

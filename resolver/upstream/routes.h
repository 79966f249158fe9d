// Routes: which group of upstreams is asked about a name (split DNS).
//
// Constant once made, any thread. A group's answers stand under the questions that it was asked,
// with the group's number, and the cache keeps nothing else of them: so what one group says of
// names that belong to another changes nothing (MaginotDNS), as if each had a cache of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"
#include "resolver/model/record.h"

namespace etymon::upstream {

// A zone that upstreams of its own are asked about, with all names below it.
struct Route {
  DomainName zone;
  std::vector<Endpoint> servers;  // at least one

  friend bool operator==(const Route&, const Route&) = default;
};

class Routes {
 public:
  // Each has sockets of its own in every loop; more than this many is a mistake.
  static constexpr size_t kMax = 1'000;

  // REQUIRES: at most kMax.
  explicit Routes(const std::vector<Route>& routes);

  // 0: the upstreams of all other names; else 1 and the index of the first route with the closest
  // zone. What the zone above says about a zone is asked where that one is asked (DS, RFC 4035
  // section 3.1.4.1). `qname`: uncompressed wire octets.
  uint16_t group_of(ByteView qname, RecordType type) const;

 private:
  std::map<std::string, uint16_t, std::less<>> groups_;  // by zone, wire octets in lower case
};

}  // namespace etymon::upstream

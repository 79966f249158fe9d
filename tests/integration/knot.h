// Knot: Debian's knotd with the zone example.test, the upstream of these tests. One thread.
//
//   www      CNAME cdn, edge, node: three steps     node  A 192.0.2.10, AAAA 2001:db8::10
//   shop     A 192.0.2.20, as blog                  blog  A 192.0.2.20, as shop
//   brief    A 192.0.2.30 for kBriefTtl             *.wild  A 192.0.2.40
//   crowd    A 198.51.100.1 to .100: more than one datagram of 1232 octets holds
//
// All TTLs but that of brief are kLongTtl; a name that does not exist is so for kNegativeTtl.
#pragma once

#include <string>

#include "resolver/base/clock.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"

namespace etymon::testing {

inline constexpr Seconds kLongTtl{300};
inline constexpr Seconds kBriefTtl{2};
inline constexpr Seconds kNegativeTtl{30};

class Knot {
 public:
  // Started, and answering.
  Knot();

  // "127.0.0.1:40123".
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  TemporaryFolder folder_;
  uint16_t port_;
  Process process_;
};

}  // namespace etymon::testing

// Which addresses lead back to the machine that uses them. A pure function, any thread.
#pragma once

#include "resolver/model/ip_address.h"

namespace etymon {

// 127.0.0.0/8 (RFC 1122 section 3.2.1.3) and ::1 (RFC 4291 section 2.5.3).
inline bool is_loopback(const IpAddress& address) {
  if (address.is_v4()) {
    return address.v4_host_order() >> 24 == 127;
  }
  IpAddress::Octets one{};
  one.back() = 1;
  return address.octets() == one;
}

}  // namespace etymon

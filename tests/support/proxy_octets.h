// A PROXY header, version 2, as a forwarder writes it; a test may make each part of it wrong.
#pragma once

#include <string>

#include "resolver/base/bytes.h"
#include "resolver/model/ip_address.h"

namespace etymon::testing {

struct ProxyOctets {
  uint8_t version_command = 0x21;  // version 2, PROXY
  uint8_t family = 0x12;           // IPv4, datagram
  std::string contents = {};

  std::string octets() const {
    std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
    ByteWriter writer(out);
    writer.u8(version_command);
    writer.u8(family);
    writer.u16(static_cast<uint16_t>(contents.size()));
    return out + contents;
  }
};

// Both addresses and both ports, the source 4321 and the destination 53.
inline ProxyOctets proxy_for(const IpAddress& source) {
  const std::string_view all = as_text(source.octets());
  const bool v4 = source.is_v4();
  const std::string address(v4 ? all.substr(12) : all);
  const std::string ports("\x10\xE1\x00\x35", 4);
  return {.family = static_cast<uint8_t>(v4 ? 0x12 : 0x22),
          .contents = address + std::string(address.size(), '\x01') + ports};
}

inline ProxyOctets proxy_for(std::string_view source) {
  return proxy_for(IpAddress::from_text(source).value());
}

}  // namespace etymon::testing

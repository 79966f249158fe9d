// One IP packet: where it goes and what it carries (RFC 791, RFC 8200). Pure functions, any thread.
//
// Packets are untrusted and may be cut by the capture: lengths are limited to the octets at hand.
#pragma once

#include <cstdint>
#include <optional>

#include "resolver/base/bytes.h"
#include "resolver/model/ip_address.h"

namespace etymon::capture {

// What a packet says that is not whole.
struct Fragment {
  uint32_t id = 0;
  size_t offset = 0;  // octets
  bool more = false;

  friend bool operator==(const Fragment&, const Fragment&) = default;
};

struct IpPacket {
  IpAddress source;
  IpAddress destination;
  uint8_t protocol = 0;  // of the payload; extension headers are behind us
  ByteView payload;
  size_t missing = 0;  // octets behind `payload` that the packet had and the capture has not
  std::optional<Fragment> fragment;
};

inline constexpr uint8_t kProtocolTcp = 6;
inline constexpr uint8_t kProtocolUdp = 17;

// Nothing when the octets are no IPv4 or IPv6 packet.
std::optional<IpPacket> read_ip_packet(ByteView bytes);

// Steps over the IPv6 extension headers at the start of the payload, up to a Fragment header
// inclusive. False when one is cut.
bool skip_extension_headers(IpPacket& packet);

}  // namespace etymon::capture

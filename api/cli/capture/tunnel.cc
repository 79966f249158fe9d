#include "api/cli/capture/tunnel.h"

#include "api/cli/capture/link_layer.h"

namespace etymon::capture {
namespace {

using Packets = std::vector<ByteView>;

// IP protocol numbers (IANA).
constexpr uint8_t kProtocolIpv4 = 4;
constexpr uint8_t kProtocolIpv6 = 41;
constexpr uint8_t kProtocolGre = 47;

// Where a tunnel ends (IANA service names and port numbers).
constexpr uint16_t kDnsPort = 53;
constexpr uint16_t kGtpPort = 2152;
constexpr uint16_t kTeredoPort = 3544;
constexpr uint16_t kGrePort = 4754;
constexpr uint16_t kVxlanPort = 4789;
constexpr uint16_t kLinuxVxlanPort = 8472;  // Linux's default, older than the assignment
constexpr uint16_t kGenevePort = 6081;

// What GRE and GENEVE carry, where it is not an EtherType of a link.
constexpr uint16_t kBridgedEthernet = 0x6558;
constexpr uint16_t kErspan = 0x88BE;
constexpr uint16_t kPpp = 0x880B;

constexpr size_t kUdpHeader = 8;

ByteView rest_of(ByteReader in) {
  return in.bytes(in.left());
}

// A packet of another version than the tunnel announced is dropped at its end.
void add_version(unsigned version, ByteReader in, Packets& packets) {
  const ByteView packet = rest_of(in);
  if (!packet.empty() && packet[0] >> 4 == version) {
    packets.push_back(packet);
  }
}

void add_either_version(ByteReader in, Packets& packets) {
  add_version(4, in, packets);
  add_version(6, in, packets);
}

void open_ethernet(ByteReader in, Packets& packets) {
  unwrap_frame(LinkType::kEthernet, rest_of(in), packets);
}

// GRE's flags: which of the fields of four octets each there are.
constexpr uint16_t kGreChecksum = 0x8000;
constexpr uint16_t kGreRouting = 0x4000;  // RFC 1701 alone, of a length of its own
constexpr uint16_t kGreKey = 0x2000;
constexpr uint16_t kGreSequence = 0x1000;
constexpr uint16_t kGreAcknowledgment = 0x0080;  // RFC 2637
constexpr size_t kErspanHeader = 8;              // type II; type I has neither it nor a sequence

void open_gre(ByteReader in, Packets& packets) {
  const uint16_t flags = in.u16();
  const uint16_t type = in.u16();
  if ((flags & kGreRouting) != 0) {
    return;
  }
  for (const uint16_t field : {kGreChecksum, kGreKey, kGreSequence, kGreAcknowledgment}) {
    in.bytes((flags & field) != 0 ? 4 : 0);
  }
  if (type == kErspan) {
    in.bytes((flags & kGreSequence) != 0 ? kErspanHeader : 0);
    open_ethernet(in, packets);
  } else if (type == kBridgedEthernet) {
    open_ethernet(in, packets);
  } else if (type == kPpp) {
    unwrap_frame(LinkType::kPpp, rest_of(in), packets);
  } else {
    unwrap_ether_type(type, rest_of(in), packets);
  }
}

// RFC 7348 section 5: flags, of which one says that there is a network identifier, and the network.
void open_vxlan(ByteReader in, Packets& packets) {
  constexpr uint8_t kHasNetwork = 0x08;
  const uint8_t flags = in.u8();
  in.bytes(7);
  if ((flags & kHasNetwork) != 0) {
    open_ethernet(in, packets);
  }
}

// RFC 8926 section 3.4: version and length of the options in words, flags, type, network, options.
void open_geneve(ByteReader in, Packets& packets) {
  const uint8_t version_and_words = in.u8();
  in.bytes(1);
  const uint16_t type = in.u16();
  in.bytes(4 + (version_and_words & 0x3FU) * size_t{4});
  if (version_and_words >> 6 != 0) {
    return;
  }
  if (type == kBridgedEthernet) {
    open_ethernet(in, packets);
  } else {
    unwrap_ether_type(type, rest_of(in), packets);
  }
}

// RFC 4380 section 5.1.1: perhaps an authentication, perhaps where it came from; then IPv6.
void open_teredo(ByteReader in, Packets& packets) {
  constexpr uint16_t kOrigin = 0x0000;
  constexpr uint16_t kAuthentication = 0x0001;
  ByteReader ahead = in;
  uint16_t indicator = ahead.u16();
  if (indicator == kAuthentication) {
    const size_t identifier = ahead.u8();
    const size_t value = ahead.u8();
    ahead.bytes(identifier + value + 9);  // nonce and confirmation
    in = ahead;
    indicator = ahead.u16();
  }
  if (ahead.ok() && indicator == kOrigin) {
    in.bytes(8);  // indicator, port, address
  }
  add_version(6, in, packets);
}

// 3GPP TS 29.281 section 5: flags, type, length, endpoint; with any of three flags four octets
// more, the last of them the type of the first extension header.
void open_gtp(ByteReader in, Packets& packets) {
  constexpr unsigned kVersion1 = 0x3;  // and the bit that tells GTP from GTP'
  constexpr uint8_t kAnyMore = 0x07;
  constexpr uint8_t kUserPacket = 0xFF;
  const uint8_t flags = in.u8();
  const uint8_t type = in.u8();
  in.bytes(6);
  if (flags >> 4 != kVersion1 || type != kUserPacket) {
    return;
  }
  in.bytes((flags & kAnyMore) != 0 ? 3 : 0);
  uint8_t next = (flags & kAnyMore) != 0 ? in.u8() : uint8_t{0};
  while (next != 0 && in.ok()) {
    const size_t octets = in.u8() * size_t{4};  // all of the extension header
    in.bytes(octets < 4 ? in.left() : octets - 2);
    next = in.u8();
  }
  add_either_version(in, packets);
}

using Opener = void (*)(ByteReader in, Packets& packets);

Opener opener_of(uint16_t port) {
  switch (port) {
    case kGtpPort:
      return open_gtp;
    case kTeredoPort:
      return open_teredo;
    case kGrePort:
      return open_gre;
    case kVxlanPort:
    case kLinuxVxlanPort:
      return open_vxlan;
    case kGenevePort:
      return open_geneve;
    default:
      return nullptr;
  }
}

// Most tunnels go to their port from any; Teredo's servers, and some ends of others, answer from
// it. A client's port may be any of these by chance: DNS goes before.
Opener opener_of(uint16_t from, uint16_t to) {
  if (from == kDnsPort || to == kDnsPort) {
    return nullptr;
  }
  const Opener at_destination = opener_of(to);
  return at_destination != nullptr ? at_destination : opener_of(from);
}

Opener opener_of(ByteReader datagram) {
  const uint16_t from = datagram.u16();
  const uint16_t to = datagram.u16();
  return opener_of(from, to);
}

void open_udp(ByteReader in, Packets& packets) {
  const Opener open = opener_of(in);
  in.bytes(kUdpHeader);
  if (open != nullptr && in.ok()) {
    open(in, packets);
  }
}

}  // namespace

bool is_tunnel(const IpPacket& packet) {
  switch (packet.protocol) {
    case kProtocolIpv4:
    case kProtocolIpv6:
    case kProtocolGre:
      return true;
    case kProtocolUdp:
      return opener_of(ByteReader(packet.payload)) != nullptr;
    default:
      return false;
  }
}

std::vector<ByteView> packets_inside(const IpPacket& packet) {
  Packets packets;
  const ByteReader in(packet.payload);
  switch (packet.protocol) {
    case kProtocolIpv4:
      add_version(4, in, packets);
      break;
    case kProtocolIpv6:
      add_version(6, in, packets);
      break;
    case kProtocolGre:
      open_gre(in, packets);
      break;
    case kProtocolUdp:
      open_udp(in, packets);
      break;
    default:
      break;
  }
  return packets;
}

}  // namespace etymon::capture

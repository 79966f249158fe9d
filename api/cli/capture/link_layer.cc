#include "api/cli/capture/link_layer.h"

#include <algorithm>

#include "api/cli/capture/file_numbers.h"

namespace etymon::capture {
namespace {

using Packets = std::vector<ByteView>;

// EtherTypes (IEEE 802 numbers).
constexpr uint16_t kEtherIpv4 = 0x0800;
constexpr uint16_t kEtherIpv6 = 0x86DD;
constexpr uint16_t kEtherVlan = 0x8100;         // 802.1Q
constexpr uint16_t kEtherServiceVlan = 0x88A8;  // 802.1ad, the outer of two tags
constexpr uint16_t kEtherOldServiceVlan = 0x9100;
constexpr uint16_t kEtherPppoeSession = 0x8864;
constexpr uint16_t kEtherMpls = 0x8847;

constexpr size_t kEthernetAddresses = 12;
constexpr size_t kVlanTag = 2;
constexpr size_t kPppoeHeader = 6;  // RFC 2516 section 4

ByteView rest_of(ByteReader in) {
  return in.bytes(in.left());
}

// The first four bits say which IP it is; read_ip_packet() looks at them.
void add_ip(ByteReader in, Packets& packets) {
  if (in.ok() && !in.at_end()) {
    packets.push_back(rest_of(in));
  }
}

// A host drops a packet whose version is not what the link layer announced.
void add_ip_version(unsigned version, ByteReader in, Packets& packets) {
  ByteReader ahead = in;
  if (ahead.u8() >> 4 == version) {
    add_ip(in, packets);
  }
}

constexpr uint16_t kPppAddressAndControl = 0xFF03;
constexpr uint16_t kPppIpv4 = 0x0021;
constexpr uint16_t kPppIpv6 = 0x0057;

// RFC 1661 section 2 and RFC 1662 section 3.1: address and control may be left out, and so may the
// first octet of the protocol, which is even where the last is odd.
void unwrap_ppp(ByteReader in, Packets& packets) {
  const ByteView frame = rest_of(in);
  if (frame.size() >= 2 && load_u16(frame.data()) == kPppAddressAndControl) {
    in.bytes(2);
  }
  uint16_t protocol = in.u8();
  if (protocol % 2 == 0) {
    protocol = static_cast<uint16_t>(protocol << 8 | in.u8());
  }
  if (protocol == kPppIpv4) {
    add_ip_version(4, in, packets);
  } else if (protocol == kPppIpv6) {
    add_ip_version(6, in, packets);
  }
}

// RFC 3032 section 2.1: labels of four octets; a bit of the third marks the last of them. Nothing
// says what follows: mostly IP.
void skip_labels(ByteReader& in) {
  constexpr uint32_t kLastLabel = 0x100;
  while (in.ok() && (in.u32() & kLastLabel) == 0) {
  }
}

void unwrap_ethernet(ByteReader in, Packets& packets) {
  in.bytes(kEthernetAddresses);
  const uint16_t type = in.u16();
  unwrap_ether_type(type, rest_of(in), packets);
}

// Packet type, device type, address length, address; then the EtherType.
void unwrap_linux_cooked(ByteReader in, Packets& packets) {
  in.bytes(14);
  const uint16_t type = in.u16();
  unwrap_ether_type(type, rest_of(in), packets);
}

// The EtherType; then interface, device type, packet type, address length, address.
void unwrap_linux_cooked2(ByteReader in, Packets& packets) {
  const uint16_t type = in.u16();
  in.bytes(18);
  unwrap_ether_type(type, rest_of(in), packets);
}

// ARCNET protocols.
constexpr uint8_t kArcnetOldIpv4 = 240;  // RFC 1051
constexpr uint8_t kArcnetIpv4 = 212;     // RFC 1201
constexpr uint8_t kArcnetIpv6 = 196;     // RFC 2497

// Source, destination and a 16-bit offset; then the protocol, and for the newer protocols (RFC
// 1201) three octets about fragments, where only whole packets can be read.
void unwrap_arcnet(ByteReader in, Packets& packets) {
  in.bytes(4);
  const uint8_t protocol = in.u8();
  if (protocol == kArcnetOldIpv4) {
    return add_ip(in, packets);
  }
  const uint8_t split_flag = in.u8();
  in.bytes(2);
  if ((protocol == kArcnetIpv4 || protocol == kArcnetIpv6) && split_flag == 0) {
    add_ip(in, packets);
  }
}

// Netlink is written in the byte order of the machine that captured. Its numbers (linux/netlink.h,
// linux/netfilter/nfnetlink.h and its neighbours).
constexpr uint16_t kNetfilterFamily = 12;
constexpr uint16_t kQueueSubsystem = 3;
constexpr uint16_t kNflogSubsystem = 4;
constexpr uint16_t kQueuePayload = 10;  // NFQA_PAYLOAD
constexpr uint16_t kNflogPayload = 9;   // NFULA_PAYLOAD
constexpr uint16_t kAttributeTypeMask = 0x3FFF;
constexpr size_t kMessageHeader = 16;
constexpr size_t kNetfilterHeader = 4;  // nfgenmsg: family, version, resource
constexpr size_t kAttributeHeader = 4;

size_t padding(size_t length) {
  return (4 - length % 4) % 4;  // NLA_ALIGNTO, NLMSG_ALIGNTO
}

void skip_padding(ByteReader& in, size_t length) {
  in.bytes(std::min(in.left(), padding(length)));
}

// Attributes are {length with this header, type, value}, padded to four octets.
void unwrap_attributes(ByteReader in, ByteOrder order, uint16_t payload_type, Packets& packets) {
  while (in.ok() && in.left() >= kAttributeHeader) {
    const size_t length = order.u16(in);
    const uint16_t type = order.u16(in) & kAttributeTypeMask;
    if (length < kAttributeHeader) {
      return;
    }
    const ByteView value = in.bytes(length - kAttributeHeader);
    skip_padding(in, length);
    if (type == payload_type) {
      add_ip(ByteReader(value), packets);
    }
  }
}

void unwrap_nflog(ByteReader in, Packets& packets) {
  in.bytes(kNetfilterHeader);
  // The first attribute, the packet header, is short: of its length the low octet alone is not
  // zero.
  const ByteView attributes = rest_of(in);
  const ByteOrder order{.little = attributes.empty() || attributes[0] != 0};
  unwrap_attributes(in, order, kNflogPayload, packets);
}

// One netlink message: {length with this header, type, flags, sequence, port} and its body.
// Returns false when there is no further one.
bool unwrap_netlink_message(ByteReader& in, Packets& packets) {
  ByteReader ahead = in;
  const ByteOrder order{.little = ByteOrder{}.u32(ahead) <= in.left()};
  const size_t length = order.u32(in);
  const uint16_t subsystem = order.u16(in) >> 8;
  in.bytes(kMessageHeader - 6);
  if (!in.ok() || length < kMessageHeader) {
    return false;
  }
  ByteReader body(in.bytes(length - kMessageHeader));
  skip_padding(in, length);
  body.bytes(kNetfilterHeader);
  if (subsystem == kQueueSubsystem) {
    unwrap_attributes(body, order, kQueuePayload, packets);
  } else if (subsystem == kNflogSubsystem) {
    unwrap_attributes(body, order, kNflogPayload, packets);
  }
  return in.ok() && !in.at_end();
}

void unwrap_netlink(ByteReader in, Packets& packets) {
  in.bytes(14);  // packet type, device type, unused
  if (in.u16() != kNetfilterFamily) {
    return;
  }
  while (unwrap_netlink_message(in, packets)) {
  }
}

constexpr LinkType kReadable[] = {
    LinkType::kNull,        LinkType::kEthernet,    LinkType::kPpp,  LinkType::kPppHdlc,
    LinkType::kPppEther,    LinkType::kRaw,         LinkType::kLoop, LinkType::kLinuxCooked,
    LinkType::kArcnetLinux, LinkType::kIpv4,        LinkType::kIpv6, LinkType::kNflog,
    LinkType::kNetlink,     LinkType::kLinuxCooked2};

}  // namespace

void unwrap_ether_type(uint16_t type, ByteView payload, std::vector<ByteView>& packets) {
  ByteReader in(payload);
  while (type == kEtherVlan || type == kEtherServiceVlan || type == kEtherOldServiceVlan) {
    in.bytes(kVlanTag);
    type = in.u16();  // 0 behind the end, and so the end of the loop
  }
  if (type == kEtherPppoeSession) {
    in.bytes(kPppoeHeader);
    unwrap_ppp(in, packets);
  } else if (type == kEtherMpls) {
    skip_labels(in);
    add_ip(in, packets);
  } else if (type == kEtherIpv4) {
    add_ip_version(4, in, packets);
  } else if (type == kEtherIpv6) {
    add_ip_version(6, in, packets);
  }
}

std::optional<LinkType> to_link_type(uint32_t number) {
  const LinkType link{number};
  return std::ranges::find(kReadable, link) != std::end(kReadable) ? std::optional(link)
                                                                   : std::nullopt;
}

void unwrap_frame(LinkType link, ByteView frame, std::vector<ByteView>& packets) {
  ByteReader in(frame);
  switch (link) {
    case LinkType::kNull:
    case LinkType::kLoop:
      in.bytes(4);  // The address family, whose numbers and byte order differ between systems.
      return add_ip(in, packets);
    case LinkType::kRaw:
    case LinkType::kIpv4:
    case LinkType::kIpv6:
      return add_ip(in, packets);
    case LinkType::kEthernet:
      return unwrap_ethernet(in, packets);
    case LinkType::kPppEther:
      in.bytes(kPppoeHeader);
      return unwrap_ppp(in, packets);
    case LinkType::kPpp:
    case LinkType::kPppHdlc:
      return unwrap_ppp(in, packets);
    case LinkType::kLinuxCooked:
      return unwrap_linux_cooked(in, packets);
    case LinkType::kLinuxCooked2:
      return unwrap_linux_cooked2(in, packets);
    case LinkType::kArcnetLinux:
      return unwrap_arcnet(in, packets);
    case LinkType::kNflog:
      return unwrap_nflog(in, packets);
    case LinkType::kNetlink:
      return unwrap_netlink(in, packets);
  }
}

}  // namespace etymon::capture

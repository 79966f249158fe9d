#include "api/cli/capture/ip_packet.h"

#include <algorithm>

namespace etymon::capture {
namespace {

constexpr size_t kIpv4HeaderMin = 20;
constexpr size_t kIpv6Header = 40;
constexpr size_t kFragmentUnit = 8;  // offsets count eight octets, RFC 791 section 3.1

// IPv6 extension headers (IANA "IPv6 Extension Header Types").
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragmentHeader = 44;
constexpr uint8_t kAuthentication = 51;
constexpr uint8_t kDestinationOptions = 60;
constexpr uint8_t kMobility = 135;
constexpr uint8_t kHostIdentity = 139;
constexpr uint8_t kShim6 = 140;

// A claimed length of 0 comes of segmentation by the network card, after the capture.
size_t limited(size_t claimed, size_t at_hand) {
  return claimed == 0 ? at_hand : std::min(claimed, at_hand);
}

size_t missing_of(size_t claimed, size_t at_hand) {
  return claimed - std::min(claimed, at_hand);
}

std::optional<IpPacket> read_ipv4(ByteView bytes) {
  if (bytes.size() < kIpv4HeaderMin) {
    return std::nullopt;
  }
  const size_t header = (bytes[0] & 0xFU) * 4;
  const size_t claimed = load_u16(&bytes[2]);
  const size_t total = limited(claimed, bytes.size());
  if (header < kIpv4HeaderMin || total < header) {
    return std::nullopt;
  }
  IpPacket packet;
  packet.source = IpAddress::v4(bytes.subspan<12, 4>());
  packet.destination = IpAddress::v4(bytes.subspan<16, 4>());
  packet.protocol = bytes[9];
  packet.payload = bytes.subspan(header, total - header);
  packet.missing = missing_of(claimed, bytes.size());
  const uint16_t flags_and_offset = load_u16(&bytes[6]);
  const Fragment fragment = {.id = load_u16(&bytes[4]),
                             .offset = (flags_and_offset & 0x1FFFU) * kFragmentUnit,
                             .more = (flags_and_offset & 0x2000U) != 0};
  if (fragment.offset != 0 || fragment.more) {
    packet.fragment = fragment;
  }
  return packet;
}

std::optional<IpPacket> read_ipv6(ByteView bytes) {
  if (bytes.size() < kIpv6Header) {
    return std::nullopt;
  }
  IpPacket packet;
  packet.source = IpAddress::v6(bytes.subspan<8, 16>());
  packet.destination = IpAddress::v6(bytes.subspan<24, 16>());
  packet.protocol = bytes[6];
  const size_t claimed = load_u16(&bytes[4]);
  const size_t at_hand = bytes.size() - kIpv6Header;
  packet.payload = bytes.subspan(kIpv6Header, limited(claimed, at_hand));
  packet.missing = missing_of(claimed, at_hand);
  return skip_extension_headers(packet) ? std::optional(packet) : std::nullopt;
}

// Length of the extension header at the start of `payload`; 0 when the protocol is none.
size_t extension_length(uint8_t protocol, ByteView payload) {
  const size_t claimed = payload.size() > 1 ? payload[1] : 0;
  switch (protocol) {
    case kHopByHop:
    case kRouting:
    case kDestinationOptions:
    case kMobility:
    case kHostIdentity:
    case kShim6:
      return (claimed + 1) * 8;  // RFC 8200 section 4.3
    case kAuthentication:
      return (claimed + 2) * 4;  // RFC 4302 section 2.2
    case kFragmentHeader:
      return 8;  // RFC 8200 section 4.5
    default:
      return 0;
  }
}

std::optional<Fragment> read_fragment_header(ByteView header) {
  const uint16_t offset_and_flags = load_u16(&header[2]);
  const Fragment fragment = {.id = load_u32(&header[4]),
                             .offset = offset_and_flags & 0xFFF8U,
                             .more = (offset_and_flags & 1U) != 0};
  const bool whole = fragment.offset == 0 && !fragment.more;  // an "atomic fragment", RFC 6946
  return whole ? std::nullopt : std::optional(fragment);
}

}  // namespace

bool skip_extension_headers(IpPacket& packet) {
  while (const size_t length = extension_length(packet.protocol, packet.payload)) {
    if (length > packet.payload.size()) {
      return false;
    }
    const bool is_fragment = packet.protocol == kFragmentHeader;
    if (is_fragment) {
      packet.fragment = read_fragment_header(packet.payload);
    }
    packet.protocol = packet.payload[0];
    packet.payload = packet.payload.subspan(length);
    if (packet.fragment) {
      break;  // What follows is a part of the fragmented payload.
    }
  }
  return true;
}

std::optional<IpPacket> read_ip_packet(ByteView bytes) {
  switch (bytes.empty() ? 0 : bytes[0] >> 4) {
    case 4:
      return read_ipv4(bytes);
    case 6:
      return read_ipv6(bytes);
    default:
      return std::nullopt;
  }
}

}  // namespace etymon::capture

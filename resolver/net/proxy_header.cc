#include "resolver/net/proxy_header.h"

#include <algorithm>
#include <array>

namespace etymon::net {
namespace {

constexpr std::array<uint8_t, kProxySignatureSize> kSignature = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};

// Signature, version and command, family and protocol, length of what follows.
constexpr size_t kFixedSize = kSignature.size() + 4;

constexpr unsigned kVersion = 2;

enum class Command : uint8_t { kLocal = 0, kProxy = 1 };
enum class Family : uint8_t { kUnspecified = 0, kIpv4 = 1, kIpv6 = 2, kUnix = 3 };
constexpr unsigned kProtocolMax = 2;  // unspecified, stream, datagram

// As much of the signature as there can be is there.
bool may_be_header(ByteView octets) {
  const size_t shown = std::min(octets.size(), kSignature.size());
  return std::equal(kSignature.begin(), kSignature.begin() + static_cast<std::ptrdiff_t>(shown),
                    octets.begin());
}

// Source address, destination address, source port, destination port.
template <size_t kSize>
std::optional<Endpoint> read_source(ByteView addresses) {
  ByteReader reader(addresses);
  const ByteView source = reader.bytes(kSize);
  reader.bytes(kSize);
  const uint16_t port = reader.u16();
  reader.u16();
  if (!reader.ok()) {
    return std::nullopt;
  }
  if constexpr (kSize == 4) {
    return Endpoint{IpAddress::v4(source.first<kSize>()), port};
  } else {
    return Endpoint{IpAddress::v6(source.first<kSize>()), port};
  }
}

// False: a command, a family or a protocol that does not exist, or too short for its addresses.
bool read_contents(uint8_t command, uint8_t family, ByteView contents, ProxyHeader& out) {
  if (Command{command} == Command::kLocal) {
    return true;  // Whatever else it says does not count.
  }
  if (Command{command} != Command::kProxy || (family & 0xFU) > kProtocolMax) {
    return false;
  }
  switch (Family{static_cast<uint8_t>(family >> 4)}) {
    case Family::kIpv4:
      out.source = read_source<4>(contents);
      return out.source.has_value();
    case Family::kIpv6:
      out.source = read_source<16>(contents);
      return out.source.has_value();
    case Family::kUnspecified:
    case Family::kUnix:
      return true;
  }
  return false;
}

}  // namespace

ProxyRead read_proxy_header(ByteView octets, ProxyHeader& out) {
  out = {};
  if (!may_be_header(octets)) {
    return ProxyRead::kWrong;
  }
  if (octets.size() < kFixedSize) {
    return ProxyRead::kCut;
  }
  ByteReader reader(octets.subspan(kSignature.size()));
  const uint8_t version_command = reader.u8();
  const uint8_t family = reader.u8();
  const size_t size = kFixedSize + reader.u16();
  if (version_command >> 4 != kVersion || size > kProxyHeaderMax) {
    return ProxyRead::kWrong;
  }
  if (octets.size() < size) {
    return ProxyRead::kCut;
  }
  const ByteView contents = octets.first(size).subspan(kFixedSize);
  if (!read_contents(version_command & 0xFU, family, contents, out)) {
    return ProxyRead::kWrong;
  }
  out.size = size;
  return ProxyRead::kWhole;
}

bool has_proxy_signature(ByteView octets) {
  return octets.size() >= kSignature.size() && may_be_header(octets);
}

}  // namespace etymon::net

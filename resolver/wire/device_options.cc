#include "resolver/wire/device_options.h"

namespace etymon::wire {
namespace {

constexpr uint16_t kClientSubnet = 8;    // RFC 7871
constexpr uint16_t kDeviceMac = 65'001;  // of the range for local use (RFC 6891 section 9)

// Family (IANA "Address Family Numbers"), source prefix length, scope, address.
std::optional<IpAddress> read_client(ByteView value) {
  constexpr uint16_t kIpv4 = 1;
  constexpr uint16_t kIpv6 = 2;
  ByteReader reader(value);
  const uint16_t family = reader.u16();
  const unsigned bits = reader.u8();
  reader.u8();  // scope
  const size_t left = reader.left();
  const ByteView octets = reader.bytes(left);
  if (family == kIpv4 && bits == 32 && octets.size() == 4) {
    return IpAddress::v4(octets.first<4>());
  }
  if (family == kIpv6 && bits == 128 && octets.size() == 16) {
    return IpAddress::v6(octets.first<16>());
  }
  return std::nullopt;
}

std::optional<MacAddress> read_mac(ByteView value) {
  const auto raw = MacAddress::of_device(value);
  return raw ? raw : MacAddress::from_text(as_text(value));
}

}  // namespace

DeviceOptions read_device_options(ByteView options) {
  DeviceOptions found;
  ByteReader reader(options);
  while (!reader.at_end() && reader.ok()) {
    const uint16_t code = reader.u16();
    const ByteView value = reader.bytes(reader.u16());
    if (code == kClientSubnet) {
      found.client = read_client(value);
    } else if (code == kDeviceMac) {
      found.mac = read_mac(value);
    }
  }
  return found;
}

}  // namespace etymon::wire

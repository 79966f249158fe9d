#include "store/tables/delivery_kind.h"

#include "store/tables/keys.h"

namespace etymon::store {
namespace {

constexpr unsigned kOriginShift = 4;
constexpr uint8_t kTransportBits = 0x7;
constexpr uint8_t kForwarded = 0x8;  // the forwarder follows

// In the place of a forwarder's address, whose first octet is 1 or 2: the one named last.
constexpr uint8_t kAsBefore = 0;

std::optional<IpAddress> read_forwarder(ByteReader& reader, const IpAddress& named) {
  ByteReader ahead = reader;
  if (ahead.u8() == kAsBefore && ahead.ok()) {
    reader = ahead;
    return named;
  }
  return read_address(reader);
}

}  // namespace

void append_kind(std::string& out, const DeliveryKind& kind, const IpAddress& named) {
  const unsigned octet = static_cast<unsigned>(kind.origin) << kOriginShift |
                         static_cast<unsigned>(kind.transport) |
                         (kind.has_forwarder() ? kForwarded : 0U);
  out.push_back(static_cast<char>(octet));
  if (!kind.has_forwarder()) {
    return;
  }
  if (kind.forwarder == named) {
    out.push_back(static_cast<char>(kAsBefore));
  } else {
    append_address(out, kind.forwarder);
  }
}

std::optional<DeliveryKind> read_kind(ByteReader& reader, const IpAddress& named) {
  const uint8_t octet = reader.u8();
  DeliveryKind kind{static_cast<Origin>(octet >> kOriginShift),
                    static_cast<Transport>(octet & kTransportBits)};
  const bool known = kind.origin >= Origin::kUpstream && kind.origin <= Origin::kImport &&
                     kind.transport >= Transport::kUdp && kind.transport <= Transport::kHttps;
  if (!known || !reader.ok()) {
    return std::nullopt;
  }
  if ((octet & kForwarded) != 0) {
    const std::optional<IpAddress> forwarder = read_forwarder(reader, named);
    if (!forwarder || *forwarder == IpAddress()) {
      return std::nullopt;
    }
    kind.forwarder = *forwarder;
  }
  return kind;
}

}  // namespace etymon::store

#include "resolver/wire/ldns_packet.h"

namespace etymon::wire {

Result<LdnsPacket> read_packet(ByteView message) {
  ldns_pkt* raw = nullptr;
  const ldns_status status = ldns_wire2pkt(&raw, message.data(), message.size());
  if (status != LDNS_STATUS_OK) {
    return ldns_error("malformed response", status);
  }
  return LdnsPacket(raw);
}

Result<std::string> write_packet(const ldns_pkt* packet) {
  uint8_t* raw = nullptr;
  size_t size = 0;
  const ldns_status status = ldns_pkt2wire(&raw, packet, &size);
  const LdnsOctets octets(raw);
  if (status != LDNS_STATUS_OK) {
    return ldns_error("cannot write the response anew", status);
  }
  if (size > kMessageMax) {
    return Error{ErrorCode::kInvalidArgument, "the response written anew exceeds 65535 octets"};
  }
  return std::string(as_text({octets.get(), size}));
}

}  // namespace etymon::wire

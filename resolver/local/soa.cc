#include "resolver/local/soa.h"

namespace etymon::local {

wire::OwnedRecord soa_of(std::string_view zone, uint32_t ttl_s) {
  using namespace std::string_view_literals;
  wire::OwnedRecord soa{std::string(zone), RecordType::kSoa, ttl_s, std::string(zone)};
  ByteWriter out(soa.rdata);
  out.bytes(as_bytes("\6nobody\7invalid\0"sv));
  for (const uint32_t number : {1U, 3'600U, 1'200U, 604'800U, ttl_s}) {
    out.u32(number);
  }
  return soa;
}

std::optional<wire::OwnedRecord> record_at_top(std::string_view zone, RecordType type,
                                               uint32_t ttl_s) {
  switch (type) {
    case RecordType::kSoa:
      return soa_of(zone, ttl_s);
    case RecordType::kNs:
      return wire::OwnedRecord{std::string(zone), type, ttl_s, std::string(zone)};
    default:
      return std::nullopt;
  }
}

}  // namespace etymon::local

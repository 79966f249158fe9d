#include "resolver/wire/service.h"

namespace etymon::wire {
namespace {

constexpr size_t kSrvPortAt = 4;  // behind priority and weight
constexpr size_t kSrvTargetAt = 6;

// RFC 9460 section 14.3.2.
constexpr uint16_t kAlpn = 1;
constexpr uint16_t kPort = 3;

std::string_view second_label(std::string_view owner) {
  const size_t first = owner.empty() ? 0 : static_cast<uint8_t>(owner[0]);
  if (first == 0 || owner.size() <= first + 1) {
    return {};
  }
  const size_t size = static_cast<uint8_t>(owner[first + 1]);
  return owner.substr(first + 2, size);
}

// HTTP/3 with its drafts (RFC 9114), DNS over QUIC (RFC 9250).
bool is_over_udp(std::string_view protocol) {
  return protocol.starts_with("h3") || protocol == "doq";
}

void add_protocols(ByteView alpn, Service& service) {
  ByteReader reader(alpn);
  while (!reader.at_end()) {
    const std::string_view protocol = as_text(reader.bytes(reader.u8()));
    if (!reader.ok()) {
      return;
    }
    (is_over_udp(protocol) ? service.udp : service.tcp) = true;
  }
}

}  // namespace

Service service_of_srv(std::string_view owner, ByteView rdata) {
  const std::string_view transport = second_label(owner);
  Service service{.tcp = transport == "_tcp", .udp = transport == "_udp"};
  if (rdata.size() > kSrvTargetAt) {
    service.port = load_u16(&rdata[kSrvPortAt]);
  }
  return service;
}

Service service_of_svcb(ByteView params) {
  Service service;
  ByteReader reader(params);
  while (!reader.at_end()) {
    const uint16_t key = reader.u16();
    const ByteView value = reader.bytes(reader.u16());
    if (!reader.ok()) {
      return service;
    }
    if (key == kAlpn) {
      add_protocols(value, service);
    } else if (key == kPort && value.size() == sizeof(uint16_t)) {
      service.port = load_u16(value.data());
    }
  }
  return service;
}

}  // namespace etymon::wire

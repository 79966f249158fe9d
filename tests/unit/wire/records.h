// What the tests of wire add to MessageBuilder: record data by type, records with compressed names,
// and the words in which a parsed response is judged.
#pragma once

#include <string>
#include <vector>

#include "resolver/wire/response.h"
#include "tests/support/dns_messages.h"

namespace etymon::wire {

using testing::MessageBuilder;

inline std::string wire_name(std::string_view text) {
  return DomainName::from_text(text).value().wire();
}

inline IpAddress ip(std::string_view text) {
  return IpAddress::from_text(text).value();
}

inline std::string v4_data(std::string_view text) {
  return std::string(as_text(ByteView(ip(text).octets()).subspan(12)));
}

inline std::string v6_data(std::string_view text) {
  return std::string(as_text(ByteView(ip(text).octets())));
}

inline std::string u16_data(uint16_t value) {
  std::string out;
  ByteWriter(out).u16(value);
  return out;
}

inline std::string mx_data(std::string_view target) {
  return u16_data(10) + wire_name(target);
}

inline std::string srv_data(std::string_view target, uint16_t port = 443) {
  return u16_data(0) + u16_data(5) + u16_data(port) + wire_name(target);
}

// Priority 0 is AliasMode. `params`: see svcb_param.
inline std::string svcb_data(uint16_t priority, std::string_view target,
                             std::string_view params = {}) {
  return u16_data(priority) + wire_name(target) + std::string(params);
}

inline std::string svcb_param(uint16_t key, std::string_view value) {
  return u16_data(key) + u16_data(static_cast<uint16_t>(value.size())) + std::string(value);
}

inline std::string rrsig_data(RecordType covered) {
  const std::string numbers(16, '\1');  // algorithm .. key tag
  return u16_data(static_cast<uint16_t>(covered)) + numbers + wire_name("signer") + "signature";
}

// Appends a record whose owner stands as `owner` octets, which may be a compression pointer.
inline void append_raw(std::string& message, MessageBuilder::Section section,
                       std::string_view owner, RecordType type, std::string_view rdata) {
  constexpr uint32_t kTtl = 300;
  message += owner;
  ByteWriter out(message);
  out.u16(static_cast<uint16_t>(type));
  out.u16(1);
  out.u32(kTtl);
  out.u16(static_cast<uint16_t>(rdata.size()));
  out.bytes(as_bytes(rdata));
  auto* count = reinterpret_cast<uint8_t*>(message.data()) + section;
  store_u16(count, static_cast<uint16_t>(load_u16(count) + 1));
}

inline std::string pointer_to(size_t offset) {
  return u16_data(static_cast<uint16_t>(0xC000 | offset));
}

// Parses `message` as the response to `qname` and `type`.
inline Result<ParsedResponse> parse(std::string_view message, std::string_view qname,
                                    RecordType type) {
  const std::string asked = wire_name(qname);
  return parse_response(as_bytes(message), {as_bytes(asked), type, RecordClass::kIn});
}

inline Result<ParsedResponse> parse(const MessageBuilder& message, std::string_view qname,
                                    RecordType type) {
  return parse(message.wire(), qname, type);
}

inline std::vector<std::string> chain_of(const ParsedResponse& response) {
  std::vector<std::string> out;
  for (const DomainName& name : response.answer.chain) {
    out.push_back(name.text());
  }
  return out;
}

inline Header header_of(const ParsedResponse& response) {
  return read_header(as_bytes(response.stored.message));
}

}  // namespace etymon::wire

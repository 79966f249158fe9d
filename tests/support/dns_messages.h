// DNS messages for tests, put together record by record; nothing is compressed.
//
//   response_to(query("www.example", RecordType::kA)).cname("www.example", 300, "x.example")...
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/base/bytes.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"
#include "resolver/model/record.h"

namespace etymon::testing {

class MessageBuilder {
 public:
  enum Section : size_t { kAnswer = 6, kAuthority = 8, kAdditional = 10 };

  MessageBuilder(std::string_view qname, RecordType qtype) : wire_(12, '\0') {
    ByteWriter out(wire_);
    name(qname);
    out.u16(static_cast<uint16_t>(qtype));
    out.u16(1);
    set_u16(4, 1);
  }

  MessageBuilder& id(uint16_t value) { return set_u16(0, value); }
  // The whole flags word: QR, opcode, AA, TC, RD, RA, AD, CD, rcode.
  MessageBuilder& flags(uint16_t value) { return set_u16(2, value); }

  MessageBuilder& record(Section section, std::string_view owner, RecordType type, uint32_t ttl,
                         std::string_view rdata) {
    ByteWriter out(wire_);
    name(owner);
    out.u16(static_cast<uint16_t>(type));
    out.u16(1);
    out.u32(ttl);
    out.u16(static_cast<uint16_t>(rdata.size()));
    out.bytes(as_bytes(rdata));
    return set_u16(section, static_cast<uint16_t>(load_u16(at(section)) + 1));
  }

  MessageBuilder& a(std::string_view owner, uint32_t ttl, std::string_view address) {
    const auto octets = IpAddress::from_text(address).value().octets();
    return record(kAnswer, owner, RecordType::kA, ttl, as_text(ByteView(octets).subspan(12)));
  }

  MessageBuilder& aaaa(std::string_view owner, uint32_t ttl, std::string_view address) {
    const auto octets = IpAddress::from_text(address).value().octets();
    return record(kAnswer, owner, RecordType::kAaaa, ttl, as_text(ByteView(octets)));
  }

  MessageBuilder& cname(std::string_view owner, uint32_t ttl, std::string_view target) {
    return record(kAnswer, owner, RecordType::kCname, ttl,
                  DomainName::from_text(target).value().wire());
  }

  // An SOA in the authority section, as negative answers carry it (RFC 2308 section 3).
  MessageBuilder& soa(std::string_view zone, uint32_t ttl, uint32_t minimum) {
    std::string rdata = DomainName::from_text("ns." + std::string(zone)).value().wire();
    rdata += DomainName::from_text("hostmaster." + std::string(zone)).value().wire();
    ByteWriter out(rdata);
    for (const uint32_t number : {1U, 3600U, 600U, 86400U, minimum}) {
      out.u32(number);
    }
    return record(kAuthority, zone, RecordType::kSoa, ttl, rdata);
  }

  // An OPT record (RFC 6891 section 6.1.2). `ttl` holds extended rcode, version and flags.
  MessageBuilder& opt(uint16_t udp_size, uint32_t ttl = 0, std::string_view options = {}) {
    ByteWriter out(wire_);
    out.u8(0);
    out.u16(static_cast<uint16_t>(RecordType::kOpt));
    out.u16(udp_size);
    out.u32(ttl);
    out.u16(static_cast<uint16_t>(options.size()));
    out.bytes(as_bytes(options));
    return set_u16(kAdditional, static_cast<uint16_t>(load_u16(at(kAdditional)) + 1));
  }

  const std::string& wire() const { return wire_; }
  ByteView bytes() const { return as_bytes(wire_); }

 private:
  void name(std::string_view text) { wire_ += DomainName::from_text(text).value().wire(); }
  uint8_t* at(size_t offset) { return reinterpret_cast<uint8_t*>(wire_.data()) + offset; }
  MessageBuilder& set_u16(size_t offset, uint16_t value) {
    store_u16(at(offset), value);
    return *this;
  }

  std::string wire_;
};

inline constexpr uint32_t kDnssecOk = 0x8000;  // the DO bit within the OPT record's TTL

// A recursive question.
inline MessageBuilder query(std::string_view qname, RecordType qtype, uint16_t id = 0x1234) {
  return MessageBuilder(qname, qtype).id(id).flags(0x0100);
}

// A recursive resolver's answer to it, without records yet.
inline MessageBuilder response(std::string_view qname, RecordType qtype, uint16_t rcode = 0) {
  return MessageBuilder(qname, qtype).flags(static_cast<uint16_t>(0x8180 | rcode));
}

// `message`, which ends with its question or answer, with an OPT behind it that has this cookie
// (RFC 7873), and these upper bits of the rcode.
inline std::string with_cookie(std::string message, std::string_view cookie,
                               uint8_t upper_rcode = 0) {
  constexpr uint16_t kOpt = 41;
  constexpr uint16_t kCookie = 10;
  ByteWriter out(message);
  out.u8(0);
  out.u16(kOpt);
  out.u16(1232);
  out.u32(uint32_t{upper_rcode} << 24);
  out.u16(static_cast<uint16_t>(4 + cookie.size()));
  out.u16(kCookie);
  out.u16(static_cast<uint16_t>(cookie.size()));
  out.bytes(as_bytes(cookie));
  message[11] = 1;  // additional records
  return message;
}

}  // namespace etymon::testing

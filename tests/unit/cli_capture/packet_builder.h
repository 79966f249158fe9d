// Builds DNS messages, packets, frames and capture files, layer by layer. Values only; any thread.
//
// Each function puts one layer around a payload: ethernet(ipv4(...udp(...dns...))). Checksums are
// left 0: captures often show them so, and nothing here looks at them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/bytes.h"
#include "resolver/base/clock.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"
#include "resolver/model/record.h"

namespace etymon::testing {

inline std::string octets(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) {
    out.push_back(static_cast<char>(value));
  }
  return out;
}

inline std::string be16(uint16_t value) {
  std::string out;
  ByteWriter(out).u16(value);
  return out;
}

inline std::string be32(uint32_t value) {
  return be16(static_cast<uint16_t>(value >> 16)) + be16(static_cast<uint16_t>(value));
}

inline std::string reversed(std::string text) {
  return {text.rbegin(), text.rend()};
}

inline std::string le16(uint16_t value) {
  return reversed(be16(value));
}

inline std::string le32(uint32_t value) {
  return reversed(be32(value));
}

inline IpAddress ip(std::string_view text) {
  return *IpAddress::from_text(text);
}

inline DomainName domain(std::string_view text) {
  return *DomainName::from_text(text);
}

// ---- DNS ----

inline std::string name(std::string_view text) {
  return domain(text).wire();
}

inline std::string question(std::string_view asked, RecordType type = RecordType::kA) {
  return name(asked) + be16(static_cast<uint16_t>(type)) + be16(1);
}

inline std::string record(std::string_view owner, RecordType type, uint32_t ttl_s,
                          const std::string& rdata) {
  return name(owner) + be16(static_cast<uint16_t>(type)) + be16(1) + be32(ttl_s) +
         be16(static_cast<uint16_t>(rdata.size())) + rdata;
}

inline std::string a_record(std::string_view owner, uint32_t ttl_s, std::string_view address) {
  return record(owner, RecordType::kA, ttl_s, be32(ip(address).v4_host_order()));
}

inline std::string aaaa_record(std::string_view owner, uint32_t ttl_s, std::string_view address) {
  return record(owner, RecordType::kAaaa, ttl_s, std::string(as_text(ip(address).octets())));
}

inline std::string cname_record(std::string_view owner, uint32_t ttl_s, std::string_view target) {
  return record(owner, RecordType::kCname, ttl_s, name(target));
}

struct DnsMessage {
  uint16_t flags = 0x8180;  // a response with recursion, NOERROR
  std::vector<std::string> questions = {};
  std::vector<std::string> answers = {};
  std::vector<std::string> authority = {};
  std::vector<std::string> additional = {};

  std::string wire() const {
    std::string out = be16(0x1234) + be16(flags);
    for (const auto* section : {&questions, &answers, &authority, &additional}) {
      out += be16(static_cast<uint16_t>(section->size()));
    }
    for (const auto* section : {&questions, &answers, &authority, &additional}) {
      for (const std::string& entry : *section) {
        out += entry;
      }
    }
    return out;
  }
};

// "www.example" is 192.0.2.1, for five minutes.
inline std::string simple_response(std::string_view asked = "www.example") {
  return DnsMessage{.questions = {question(asked)}, .answers = {a_record(asked, 300, "192.0.2.1")}}
      .wire();
}

inline std::string with_length(const std::string& message) {
  return be16(static_cast<uint16_t>(message.size())) + message;
}

// ---- Transport ----

inline std::string udp(uint16_t from, uint16_t to, const std::string& payload) {
  return be16(from) + be16(to) + be16(static_cast<uint16_t>(payload.size() + 8)) + be16(0) +
         payload;
}

inline std::string tcp(uint16_t from, uint16_t to, uint32_t sequence, const std::string& payload,
                       int flags = 0x10) {
  return be16(from) + be16(to) + be32(sequence) + be32(0) + octets({0x50, flags}) + be16(1024) +
         be32(0) + payload;
}

// ---- Network ----

struct Addresses {
  std::string from = "198.51.100.53";
  std::string to = "10.0.0.7";
};

struct FragmentFields {
  uint32_t id = 0;
  size_t offset = 0;
  bool more = false;
};

inline std::string ipv4(int protocol, const std::string& payload, const Addresses& addresses = {},
                        const FragmentFields& fragment = {}) {
  const auto offset_and_flags =
      static_cast<uint16_t>(fragment.offset / 8 | (fragment.more ? 0x2000U : 0U));
  return octets({0x45, 0}) + be16(static_cast<uint16_t>(20 + payload.size())) +
         be16(static_cast<uint16_t>(fragment.id)) + be16(offset_and_flags) +
         octets({64, protocol, 0, 0}) + be32(ip(addresses.from).v4_host_order()) +
         be32(ip(addresses.to).v4_host_order()) + payload;
}

inline const Addresses kAddresses6 = {"2001:db8::53", "2001:db8::7"};

inline std::string ipv6(int next_header, const std::string& payload,
                        const Addresses& addresses = kAddresses6) {
  return octets({0x60, 0, 0, 0}) + be16(static_cast<uint16_t>(payload.size())) +
         octets({next_header, 64}) + std::string(as_text(ip(addresses.from).octets())) +
         std::string(as_text(ip(addresses.to).octets())) + payload;
}

// What an IPv6 packet with next header 44 carries.
inline std::string ipv6_fragment(int next_header, const std::string& payload,
                                 const FragmentFields& fragment) {
  return octets({next_header, 0}) +
         be16(static_cast<uint16_t>(fragment.offset | (fragment.more ? 1U : 0U))) +
         be32(fragment.id) + payload;
}

// ---- Link ----

inline constexpr uint16_t kTypeIpv4 = 0x0800;
inline constexpr uint16_t kTypeIpv6 = 0x86DD;

inline std::string ethernet(const std::string& payload, uint16_t type = kTypeIpv4) {
  return std::string(12, '\x02') + be16(type) + payload;
}

// ---- Files ----

struct Frame {
  WallTime at;
  std::string octets;
};

inline constexpr uint32_t kMicrosecondMagic = 0xA1B2C3D4;
inline constexpr uint32_t kNanosecondMagic = 0xA1B23C4D;

inline std::string pcap_file(const std::vector<Frame>& frames, uint32_t link = 1,
                             uint32_t magic = kMicrosecondMagic) {
  std::string out = le32(magic) + le16(2) + le16(4) + le32(0) + le32(0) + le32(65535) + le32(link);
  for (const Frame& frame : frames) {
    const int64_t us = frame.at.time_since_epoch().count();
    const int64_t part = us % 1'000'000 * (magic == kNanosecondMagic ? 1000 : 1);
    const auto size = static_cast<uint32_t>(frame.octets.size());
    out += le32(static_cast<uint32_t>(us / 1'000'000)) + le32(static_cast<uint32_t>(part)) +
           le32(size) + le32(size) + frame.octets;
  }
  return out;
}

// Blocks of a pcapng file, in either byte order.
struct PcapngBlocks {
  bool little = true;

  std::string u16(uint16_t value) const { return little ? le16(value) : be16(value); }
  std::string u32(uint32_t value) const { return little ? le32(value) : be32(value); }
  std::string u64(uint64_t value) const {
    const std::string text =
        be32(static_cast<uint32_t>(value >> 32)) + be32(static_cast<uint32_t>(value));
    return little ? reversed(text) : text;
  }

  std::string block(uint32_t type, std::string body) const {
    body.resize((body.size() + 3) / 4 * 4);
    const std::string length = u32(static_cast<uint32_t>(body.size() + 12));
    return u32(type) + length + body + length;
  }
  std::string option(uint16_t code, std::string value) const {
    const auto size = static_cast<uint16_t>(value.size());
    value.resize((value.size() + 3) / 4 * 4);
    return u16(code) + u16(size) + value;
  }

  std::string section(uint16_t version = 1) const {
    return block(0x0A0D0D0A, u32(0x1A2B3C4D) + u16(version) + u16(0) + u64(~uint64_t{0}));
  }
  std::string interface(uint16_t link = 1, const std::string& options = "",
                        uint32_t frame_max = 65535) const {
    return block(1, u16(link) + u16(0) + u32(frame_max) + options);
  }
  // Upper half first.
  std::string timestamp(uint64_t count) const {
    return u32(static_cast<uint32_t>(count >> 32)) + u32(static_cast<uint32_t>(count));
  }
  std::string timestamp(WallTime at) const {
    return timestamp(static_cast<uint64_t>(at.time_since_epoch().count()));
  }
  // `time`: as timestamp() takes it.
  template <class Time>
  std::string frame(uint32_t interface, Time time, std::string octets,
                    const std::string& options = "") const {
    const auto size = static_cast<uint32_t>(octets.size());
    octets.resize((octets.size() + 3) / 4 * 4);
    return block(6, u32(interface) + timestamp(time) + u32(size) + u32(size) + octets + options);
  }
  std::string statistics(uint32_t interface, WallTime at, const std::string& options) const {
    return block(5, u32(interface) + timestamp(at) + options);
  }
};

inline std::string pcapng_file(const std::vector<Frame>& frames, uint16_t link = 1) {
  const PcapngBlocks blocks;
  std::string out = blocks.section() + blocks.interface(link);
  for (const Frame& frame : frames) {
    out += blocks.frame(0, frame.at, frame.octets);
  }
  return out;
}

}  // namespace etymon::testing

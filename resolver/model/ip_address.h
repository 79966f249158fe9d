// IpAddress, IpPrefix and Endpoint: values, any thread.
//
// IPv4 and IPv6 are one space of 16 octets: an IPv4 address is held in its mapped form
// ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so the two spellings of one host are equal.
// Text is RFC 5952; mapped addresses print as dotted quads.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/base/bytes.h"
#include "resolver/base/result.h"

namespace etymon {

class IpAddress {
 public:
  using Octets = std::array<uint8_t, 16>;
  static constexpr size_t kTextMax = 39;  // eight groups of four digits, and seven colons

  // The unspecified address, ::.
  IpAddress() = default;

  static IpAddress v4(uint32_t host_order);
  static IpAddress v4(std::span<const uint8_t, 4> octets);
  static IpAddress v6(std::span<const uint8_t, 16> octets);
  // Dotted quad or RFC 4291 text; no zone, no port, no prefix length.
  static Result<IpAddress> from_text(std::string_view text);

  bool is_v4() const;
  // REQUIRES: is_v4().
  uint32_t v4_host_order() const { return load_u32(octets_.data() + 12); }
  const Octets& octets() const { return octets_; }
  // The IPv4 address behind a NAT64 address of the well-known prefix 64:ff9b::/96 (RFC 6052 section
  // 2.1), as DNS64 makes them up.
  std::optional<IpAddress> translated_v4() const;
  std::string text() const;
  // The same, to `to`, which has room for kTextMax; gives its end.
  char* write_text(char* to) const;

  // In two numbers, whatever order their octets have in them: for the octets GCC 12 calls memcmp,
  // and a lookup compares some thirty addresses.
  friend bool operator==(const IpAddress& a, const IpAddress& b) {
    return a.word(0) == b.word(0) && a.word(8) == b.word(8);
  }
  // By their octets; in two numbers, which thousands of addresses are sorted by in half the time.
  friend std::strong_ordering operator<=>(const IpAddress& a, const IpAddress& b) {
    const auto upper = a.half(0) <=> b.half(0);
    return upper != 0 ? upper : a.half(8) <=> b.half(8);
  }

 private:
  uint64_t half(size_t at) const {
    return uint64_t{load_u32(octets_.data() + at)} << 32 | load_u32(octets_.data() + at + 4);
  }

  uint64_t word(size_t at) const {
    uint64_t word;
    std::memcpy(&word, octets_.data() + at, sizeof word);
    return word;
  }

  Octets octets_{};
};

struct IpAddressHash {
  size_t operator()(const IpAddress& address) const;
};

// A block of addresses. `length` counts bits of the 128-bit form: an IPv4 /24 has length 120.
class IpPrefix {
 public:
  IpPrefix() = default;
  // The block that holds only `address`.
  explicit IpPrefix(const IpAddress& address) : first_(address), length_(128) {}

  // "192.0.2.0/24", "2001:db8::/32", or an address alone. Error kInvalidArgument: bad text, length
  // out of range, or bits set behind the length.
  static Result<IpPrefix> from_text(std::string_view text);
  // The block of that many bits (of the 128) around `address`.
  static IpPrefix around(const IpAddress& address, unsigned length);

  const IpAddress& first() const { return first_; }
  IpAddress last() const;
  unsigned length() const { return length_; }
  bool is_single() const { return length_ == 128; }
  bool contains(const IpAddress& address) const;
  std::string text() const;

  friend bool operator==(const IpPrefix&, const IpPrefix&) = default;

 private:
  IpPrefix(const IpAddress& first, unsigned length) : first_(first), length_(length) {}
  IpAddress first_;
  unsigned length_ = 0;
};

// An address and a UDP or TCP port.
struct Endpoint {
  static constexpr size_t kTextMax = IpAddress::kTextMax + 8;  // brackets, a colon, five digits

  IpAddress address;
  uint16_t port = 0;

  // "192.0.2.1:53", "[2001:db8::1]:53"; a missing port is `default_port`, 0 meaning it is required.
  static Result<Endpoint> from_text(std::string_view text, uint16_t default_port = 0);
  std::string text() const;
  // The same, to `to`, which has room for kTextMax; gives its end.
  char* write_text(char* to) const;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace etymon

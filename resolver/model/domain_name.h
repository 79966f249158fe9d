// DomainName: a name of the DNS (RFC 1035 section 3.1), kept as its wire octets.
//
// A value: copyable, immutable, any thread. Labels may hold any octet, NUL and dot included; only
// the presentation form escapes them (RFC 1035 section 5.1: \. \\ \DDD), so that whatever a name
// contains, its text is printable ASCII without blanks. Two names are equal when they differ in
// ASCII case only (RFC 4343); canonical() is what is stored and compared.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "resolver/base/bytes.h"
#include "resolver/base/result.h"

namespace etymon {

class DomainName {
 public:
  static constexpr size_t kWireMax = 255;  // RFC 1035 section 2.3.4, root label included
  static constexpr size_t kLabelMax = 63;  // RFC 1035 section 2.3.4
  static constexpr size_t kOfOctet = 4;    // characters of the text, at most, as \DDD

  // The root.
  DomainName() : wire_(1, '\0') {}

  // `wire`: uncompressed, ends with the root label. Error kInvalidArgument: too long, compressed,
  // cut.
  static Result<DomainName> from_wire(ByteView wire);

  // Presentation form, final dot optional, escapes understood. Error kInvalidArgument says why.
  static Result<DomainName> from_text(std::string_view text);

  // Uncompressed octets, final root label included; case as it was given.
  const std::string& wire() const { return wire_; }

  // The same name in lower case.
  DomainName canonical() const;

  // Without the final dot, "." for the root; case as it was given.
  std::string text() const;
  // The same, to `to`, which has room for kOfOctet characters for each octet of wire(); gives its
  // end.
  char* write_text(char* to) const;

  bool is_root() const { return wire_.size() == 1; }
  size_t label_count() const;  // The root label does not count.

  // True for the name itself and everything below it, without regard to case.
  bool is_within(const DomainName& ancestor) const;

  // The canonical labels from the root downwards, each ended by octet 0 (octets 0 and 1 within a
  // label are written 1 1 and 1 2), empty for the root: keys sort as RFC 4034 section 6.1 orders
  // names, and exactly the names of a subtree have the key of its top as their prefix.
  std::string sort_key() const;
  static Result<DomainName> from_sort_key(std::string_view key);

  friend bool operator==(const DomainName& a, const DomainName& b);

 private:
  explicit DomainName(std::string wire) : wire_(std::move(wire)) {}
  std::string wire_;
};

// ASCII lower case of one octet: the only case rule that DNS has (RFC 4343 section 3).
constexpr uint8_t to_lower(uint8_t octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<uint8_t>(octet + ('a' - 'A')) : octet;
}

// The same of many, from `octets` to where `out` points, which may be the same place. Length octets
// are below 'A' and stay.
inline void copy_in_lower_case(ByteView octets, uint8_t* out) {
  constexpr auto kLower = [] {
    std::array<uint8_t, 256> lower{};
    for (unsigned octet = 0; octet < lower.size(); ++octet) {
      lower[octet] = to_lower(static_cast<uint8_t>(octet));
    }
    return lower;
  }();
  for (const uint8_t octet : octets) {
    *out++ = kLower[octet];
  }
}

struct DomainNameHash {
  size_t operator()(const DomainName& name) const;
};

}  // namespace etymon

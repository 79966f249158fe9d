#include "resolver/forward/reverse_names.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "resolver/model/address_blocks.h"
#include "resolver/model/name_octets.h"

namespace etymon::forward {
namespace {

constexpr size_t kV4Labels = 4;
constexpr size_t kV6Labels = 32;

// Lower case; nothing behind it but the root.
constexpr std::string_view kV4Zone("\7in-addr\4arpa\0", 14);
constexpr std::string_view kV6Zone("\3ip6\4arpa\0", 10);

// Takes the first label off; empty at the root, and when the name is cut.
std::string_view take_label(std::string_view& name) {
  const size_t size = name.empty() ? 0 : static_cast<uint8_t>(name.front());
  if (size == 0 || size >= name.size()) {
    return {};
  }
  const std::string_view label = name.substr(1, size);
  name.remove_prefix(size + 1);
  return label;
}

// "0" to "255" without leading zeros, which would be another name for the same address.
std::optional<uint8_t> decimal_octet(std::string_view label) {
  if (label.empty() || label.size() > 3 || (label.size() > 1 && label.front() == '0') ||
      !std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : label) {
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= 255 ? std::optional(static_cast<uint8_t>(value)) : std::nullopt;
}

std::optional<uint8_t> hex_digit(std::string_view label) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const size_t value = label.size() == 1 ? kDigits.find(label.front()) : kDigits.npos;
  return value == kDigits.npos ? std::nullopt : std::optional(static_cast<uint8_t>(value));
}

std::optional<IpAddress> read_v4(std::string_view name) {
  std::array<uint8_t, kV4Labels> octets{};
  for (size_t i = octets.size(); i-- > 0;) {
    const auto octet = decimal_octet(take_label(name));
    if (!octet) {
      return std::nullopt;
    }
    octets[i] = *octet;
  }
  return name == kV4Zone ? std::optional(IpAddress::v4(octets)) : std::nullopt;
}

std::optional<IpAddress> read_v6(std::string_view name) {
  std::array<uint8_t, kV6Labels / 2> octets{};
  for (size_t i = kV6Labels; i-- > 0;) {
    const auto digit = hex_digit(take_label(name));
    if (!digit) {
      return std::nullopt;
    }
    octets[i / 2] = static_cast<uint8_t>(octets[i / 2] | (i % 2 == 0 ? *digit << 4 : *digit));
  }
  return name == kV6Zone ? std::optional(IpAddress::v6(octets)) : std::nullopt;
}

}  // namespace

std::optional<IpAddress> address_of_reverse_name(ByteView qname) {
  const std::string name = lower_case(as_text(qname));
  if (name.ends_with(kV4Zone)) {
    return read_v4(name);
  }
  return name.ends_with(kV6Zone) ? read_v6(name) : std::nullopt;
}

// Of the blocks in RFC 6890 those that machines really have and the Internet does not lead to. The
// ones for examples and benchmarks count as public: nobody is there, so nothing depends on it.
bool is_public(const IpAddress& address) {
  static const AddressBlocks kNotPublic = {"0.0.0.0/8",      "10.0.0.0/8",     "100.64.0.0/10",
                                           "127.0.0.0/8",    "169.254.0.0/16", "172.16.0.0/12",
                                           "192.168.0.0/16", "224.0.0.0/3",    "::/127",
                                           "fc00::/7",       "fe80::/10",      "ff00::/8"};
  return !kNotPublic.contain(address);
}

}  // namespace etymon::forward

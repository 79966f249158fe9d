#include "resolver/model/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace etymon {
namespace {

constexpr unsigned kBits = 128;
constexpr unsigned kMappedBits = 96;  // The part of a mapped address before its four octets.
constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::array<uint8_t, 12> kNat64Prefix = {0x00, 0x64, 0xFF, 0x9B};

Error invalid(std::string_view what, std::string_view text) {
  return {ErrorCode::kInvalidArgument,
          std::string(what) + ": \"" + std::string(text.substr(0, 100)) + "\""};
}

// A decimal number of at most `max`, nothing else around it.
std::optional<unsigned> whole_number(std::string_view text, unsigned max) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > max) {
    return std::nullopt;
  }
  return value;
}

// Reads the number that `rest` begins with, and takes it: up to 255, without a zero in front.
std::optional<uint8_t> take_quad_number(std::string_view& rest) {
  constexpr size_t kDigitsMax = 3;
  unsigned number = 0;
  size_t digits = 0;
  while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
    if (digits == kDigitsMax) {
      return std::nullopt;
    }
    number = 10 * number + static_cast<unsigned>(rest[digits++] - '0');
  }
  if (digits == 0 || (digits > 1 && rest[0] == '0') || number > UINT8_MAX) {
    return std::nullopt;
  }
  rest.remove_prefix(digits);
  return static_cast<uint8_t>(number);
}

// As inet_pton reads IPv4, in a fraction of its time: addresses of most questions are such.
bool read_quad(std::string_view text, std::array<uint8_t, 4>& octets) {
  for (size_t i = 0; i < octets.size(); ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) {
        return false;
      }
      text.remove_prefix(1);
    }
    const auto number = take_quad_number(text);
    if (!number) {
      return false;
    }
    octets[i] = *number;
  }
  return text.empty();
}

bool read_groups(std::string_view text, IpAddress::Octets& octets) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
    return false;
  }
  std::ranges::copy(text, terminated.begin());
  return inet_pton(AF_INET6, terminated.data(), octets.data()) == 1;
}

// What writes, writes to `to`, and gives its end.
char* write_octet(uint8_t octet, char* to) {
  if (octet >= 100) {
    *to++ = static_cast<char>('0' + octet / 100);
  }
  if (octet >= 10) {
    *to++ = static_cast<char>('0' + octet / 10 % 10);
  }
  *to++ = static_cast<char>('0' + octet % 10);
  return to;
}

char* write_quad(std::span<const uint8_t, 4> octets, char* to) {
  to = write_octet(octets[0], to);
  for (const uint8_t octet : octets.subspan<1>()) {
    *to++ = '.';
    to = write_octet(octet, to);
  }
  return to;
}

struct Run {
  size_t begin = 8;
  size_t length = 0;
};

// The longest run of zero groups, the first of equal ones; a single zero group is no run
// (RFC 5952 section 4.2).
Run longest_zero_run(const std::array<uint16_t, 8>& groups) {
  Run best;
  Run current;
  for (size_t i = 0; i < groups.size(); ++i) {
    current = groups[i] != 0        ? Run{}
              : current.length == 0 ? Run{i, 1}
                                    : Run{current.begin, current.length + 1};
    if (current.length > best.length) {
      best = current;
    }
  }
  return best.length > 1 ? best : Run{};
}

char* write_groups(const IpAddress::Octets& octets, char* to) {
  std::array<uint16_t, 8> groups;
  for (size_t i = 0; i < groups.size(); ++i) {
    groups[i] = load_u16(octets.data() + 2 * i);
  }
  const Run zeros = longest_zero_run(groups);
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i == zeros.begin) {
      *to++ = ':';
      *to++ = ':';
      i += zeros.length - 1;
      continue;
    }
    if (i > 0 && i != zeros.begin + zeros.length) {
      *to++ = ':';
    }
    to = std::to_chars(to, to + 4, groups[i], 16).ptr;
  }
  return to;
}

// The octets with the bits behind `length` all cleared, or all set by `fill`.
IpAddress::Octets with_tail(IpAddress::Octets octets, unsigned length, uint8_t fill) {
  for (unsigned i = length / 8; i < octets.size(); ++i) {
    const unsigned kept_bits = i == length / 8 ? length % 8 : 0;
    const auto tail = static_cast<uint8_t>(0xFFU >> kept_bits);
    octets[i] = static_cast<uint8_t>((octets[i] & ~tail) | (fill & tail));
  }
  return octets;
}

uint64_t load_word(const uint8_t* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// The finisher of MurmurHash3: each input bit reaches each output bit.
uint64_t mix(uint64_t x) {
  x ^= x >> 33;
  x *= 0xFF51AFD7ED558CCD;
  x ^= x >> 33;
  x *= 0xC4CEB9FE1A85EC53;
  x ^= x >> 33;
  return x;
}

// Splits "ADDRESS:PORT" or "[ADDRESS]:PORT" at its port; no port leaves `port` empty.
struct HostAndPort {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};

std::optional<HostAndPort> split_endpoint(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) {
      return HostAndPort{host, {}, false};
    }
    return rest[0] == ':' ? std::optional(HostAndPort{host, rest.substr(1), true}) : std::nullopt;
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return HostAndPort{text, {}, false};  // No colon, or the several of a bare IPv6 address.
  }
  return HostAndPort{text.substr(0, colon), text.substr(colon + 1), true};
}

}  // namespace

IpAddress IpAddress::v4(uint32_t host_order) {
  std::array<uint8_t, 4> octets;
  store_u32(octets.data(), host_order);
  return v4(octets);
}

IpAddress IpAddress::v4(std::span<const uint8_t, 4> octets) {
  IpAddress address;
  std::ranges::copy(kMappedPrefix, address.octets_.begin());
  std::ranges::copy(octets, address.octets_.begin() + kMappedPrefix.size());
  return address;
}

IpAddress IpAddress::v6(std::span<const uint8_t, 16> octets) {
  IpAddress address;
  std::ranges::copy(octets, address.octets_.begin());
  return address;
}

Result<IpAddress> IpAddress::from_text(std::string_view text) {
  std::array<uint8_t, 4> quad{};
  if (read_quad(text, quad)) {
    return v4(quad);
  }
  Octets octets{};
  if (read_groups(text, octets)) {
    return v6(octets);
  }
  return invalid("not an IPv4 or IPv6 address", text);
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), octets_.begin());
}

std::optional<IpAddress> IpAddress::translated_v4() const {
  if (!std::equal(kNat64Prefix.begin(), kNat64Prefix.end(), octets_.begin())) {
    return std::nullopt;
  }
  return v4(std::span(octets_).last<4>());
}

std::string IpAddress::text() const {
  std::array<char, kTextMax> text;
  return {text.data(), write_text(text.data())};
}

char* IpAddress::write_text(char* to) const {
  return is_v4() ? write_quad(std::span(octets_).last<4>(), to) : write_groups(octets_, to);
}

size_t IpAddressHash::operator()(const IpAddress& address) const {
  const uint8_t* octets = address.octets().data();
  return mix(mix(load_word(octets)) ^ load_word(octets + 8));
}

Result<IpPrefix> IpPrefix::from_text(std::string_view text) {
  const size_t slash = text.find('/');
  const Result<IpAddress> address = IpAddress::from_text(text.substr(0, slash));
  if (!address) {
    return invalid("not an address or an address/length", text);
  }
  if (slash == std::string_view::npos) {
    return IpPrefix(*address);
  }
  // How it is spelled decides: ::ffff:192.0.2.0/120 counts all its bits.
  const unsigned offset = text.find(':') == std::string_view::npos ? kMappedBits : 0;
  const auto length = whole_number(text.substr(slash + 1), kBits - offset);
  if (!length) {
    return invalid("prefix length is not a number of at most " + std::to_string(kBits - offset),
                   text);
  }
  const IpPrefix prefix = around(*address, offset + *length);
  if (prefix.first_ != *address) {
    return invalid("bits are set behind the prefix length, did you mean " + prefix.text(), text);
  }
  return prefix;
}

IpPrefix IpPrefix::around(const IpAddress& address, unsigned length) {
  length = std::min(length, kBits);
  return {IpAddress::v6(with_tail(address.octets(), length, 0x00)), length};
}

IpAddress IpPrefix::last() const {
  return IpAddress::v6(with_tail(first_.octets(), length_, 0xFF));
}

bool IpPrefix::contains(const IpAddress& address) const {
  constexpr unsigned kHalf = 64;
  const auto differ_in = [&](size_t at, unsigned bits) {
    const uint64_t mask = bits == 0 ? 0 : ~uint64_t{0} << (kHalf - bits);
    const auto half = [at](const IpAddress::Octets& octets) {
      return uint64_t{load_u32(octets.data() + at)} << 32 | load_u32(octets.data() + at + 4);
    };
    return ((half(address.octets()) ^ half(first_.octets())) & mask) != 0;
  };
  return !differ_in(0, std::min(length_, kHalf)) &&
         !differ_in(8, length_ > kHalf ? length_ - kHalf : 0);
}

std::string IpPrefix::text() const {
  if (is_single()) {
    return first_.text();
  }
  if (length_ >= kMappedBits && first_.is_v4()) {
    return first_.text() + "/" + std::to_string(length_ - kMappedBits);
  }
  // A block that is wider than IPv4 but begins where IPv4 does must not be spelled as a quad.
  std::array<char, IpAddress::kTextMax> text;
  return std::string(text.data(), write_groups(first_.octets(), text.data())) + "/" +
         std::to_string(length_);
}

Result<Endpoint> Endpoint::from_text(std::string_view text, uint16_t default_port) {
  const auto parts = split_endpoint(text);
  if (!parts) {
    return invalid("not ADDRESS:PORT or [ADDRESS]:PORT", text);
  }
  const Result<IpAddress> address = IpAddress::from_text(parts->host);
  if (!address) {
    return invalid("not ADDRESS:PORT or [ADDRESS]:PORT", text);
  }
  if (!parts->has_port) {
    return default_port != 0 ? Result<Endpoint>(Endpoint{*address, default_port})
                             : invalid("a port is missing (ADDRESS:PORT, [ADDRESS]:PORT)", text);
  }
  const auto port = whole_number(parts->port, UINT16_MAX);
  if (!port) {
    return invalid("port is not a number from 0 to 65535", text);
  }
  return Endpoint{*address, static_cast<uint16_t>(*port)};
}

std::string Endpoint::text() const {
  std::array<char, kTextMax> text;
  return {text.data(), write_text(text.data())};
}

char* Endpoint::write_text(char* to) const {
  const bool is_v4 = address.is_v4();
  if (!is_v4) {
    *to++ = '[';
  }
  to = address.write_text(to);
  if (!is_v4) {
    *to++ = ']';
  }
  *to++ = ':';
  return std::to_chars(to, to + 5, port).ptr;
}

}  // namespace etymon

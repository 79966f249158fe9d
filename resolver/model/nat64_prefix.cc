#include "resolver/model/nat64_prefix.h"

#include <algorithm>
#include <array>

namespace etymon {
namespace {

constexpr std::array<unsigned, 6> kLengths = {32, 40, 48, 56, 64, 96};
constexpr size_t kZeroOctet = 8;  // bits 64 to 71
constexpr size_t kV4Size = 4;

// Where octet `i` of the IPv4 address stands: behind the prefix, octet 8 stepped over.
size_t place_of(size_t i, unsigned length) {
  const size_t place = length / 8 + i;
  return length < 96 && place >= kZeroOctet ? place + 1 : place;
}

}  // namespace

Nat64Prefix::Nat64Prefix() : block_(IpPrefix::from_text("64:ff9b::/96").value()) {}

Result<Nat64Prefix> Nat64Prefix::from(const IpPrefix& block) {
  const bool length_known = std::ranges::find(kLengths, block.length()) != kLengths.end();
  if (block.first().is_v4() || !length_known) {
    return Error{ErrorCode::kInvalidArgument,
                 block.text() + " is no IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits"};
  }
  if (block.first().octets()[kZeroOctet] != 0) {
    return Error{ErrorCode::kInvalidArgument,
                 block.text() + ": bits 64 to 71 must be zero (RFC 6052)"};
  }
  return Nat64Prefix(block);
}

IpAddress Nat64Prefix::embed(const IpAddress& v4) const {
  IpAddress::Octets octets = block_.first().octets();
  for (size_t i = 0; i < kV4Size; ++i) {
    octets[place_of(i, block_.length())] = v4.octets()[octets.size() - kV4Size + i];
  }
  return IpAddress::v6(octets);
}

std::optional<IpAddress> Nat64Prefix::embedded_in(const IpAddress& address) const {
  if (!block_.contains(address)) {
    return std::nullopt;
  }
  std::array<uint8_t, kV4Size> octets{};
  for (size_t i = 0; i < kV4Size; ++i) {
    octets[i] = address.octets()[place_of(i, block_.length())];
  }
  return IpAddress::v4(octets);
}

}  // namespace etymon

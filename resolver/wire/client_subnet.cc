#include "resolver/wire/client_subnet.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace etymon::wire {
namespace {

constexpr size_t kSourceAt = 2;
constexpr size_t kScopeAt = 3;
constexpr size_t kAddressAt = 4;
constexpr unsigned kBitsOfOctet = 8;

// The longest prefix, by family (IANA "Address Family Numbers"); nothing for those that no address
// of a client is of. 0 is what dig names beside a prefix of 0.
std::optional<unsigned> bits_of(uint16_t family) {
  constexpr unsigned kBits[] = {0, 32, 128};
  return family < std::size(kBits) ? std::optional(kBits[family]) : std::nullopt;
}

}  // namespace

bool is_client_subnet(ByteView data) {
  if (data.size() < kAddressAt || data[kScopeAt] != 0) {
    return false;
  }
  const std::optional<unsigned> bits = bits_of(load_u16(data.data()));
  const unsigned source = data[kSourceAt];
  const ByteView octets = data.subspan(kAddressAt);
  if (!bits || source > *bits || octets.size() != (source + kBitsOfOctet - 1) / kBitsOfOctet) {
    return false;
  }
  const unsigned used = source % kBitsOfOctet;
  return used == 0 || (octets.back() & (0xFFU >> used)) == 0;
}

bool answers_subnet(ByteView told, ByteView asked) {
  if (told.size() < kAddressAt || told.size() > kClientSubnetMax) {
    return false;
  }
  const auto is_same = [&](size_t from, size_t count) {
    return std::ranges::equal(told.subspan(from, count), asked.subspan(from, count));
  };
  return asked[kSourceAt] == 0 || (told.size() == asked.size() && is_same(0, kScopeAt) &&
                                   is_same(kAddressAt, asked.size() - kAddressAt));
}

}  // namespace etymon::wire

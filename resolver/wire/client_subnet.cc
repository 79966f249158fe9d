#include "resolver/wire/client_subnet.h"

#include <algorithm>

namespace etymon::wire {
namespace {

constexpr size_t kSourceAt = 2;
constexpr size_t kScopeAt = 3;
constexpr size_t kAddressAt = 4;
constexpr unsigned kBitsOfOctet = 8;

// By family (IANA "Address Family Numbers").
unsigned bits_of(uint16_t family) {
  return family == 1 ? 32 : family == 2 ? 128 : 0;
}

}  // namespace

bool is_client_subnet(ByteView data) {
  if (data.size() < kAddressAt || data[kScopeAt] != 0) {
    return false;
  }
  const unsigned source = data[kSourceAt];
  const ByteView octets = data.subspan(kAddressAt);
  if (source > bits_of(load_u16(data.data())) ||
      octets.size() != (source + kBitsOfOctet - 1) / kBitsOfOctet) {
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

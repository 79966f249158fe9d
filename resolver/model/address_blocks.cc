#include "resolver/model/address_blocks.h"

#include <algorithm>

namespace etymon {
namespace {

constexpr size_t kV4Begins = 12;  // in the mapped form

}  // namespace

AddressBlocks::AddressBlocks(std::initializer_list<std::string_view> blocks) {
  for (const std::string_view text : blocks) {
    const IpPrefix block = IpPrefix::from_text(text).value();
    for (size_t octet = first_octet_of(block.first()); octet <= first_octet_of(block.last());
         ++octet) {
      (block.first().is_v4() ? v4_ : v6_).set(octet);
    }
    blocks_.push_back(block);
  }
}

bool AddressBlocks::contain(const IpAddress& address) const {
  return (address.is_v4() ? v4_ : v6_).test(first_octet_of(address)) &&
         std::ranges::any_of(blocks_,
                             [&](const IpPrefix& block) { return block.contains(address); });
}

size_t AddressBlocks::first_octet_of(const IpAddress& address) {
  return address.octets()[address.is_v4() ? kV4Begins : 0];
}

}  // namespace etymon

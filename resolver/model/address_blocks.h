// AddressBlocks: blocks that thousands of addresses of one message are held against. A value, any
// thread.
#pragma once

#include <array>
#include <bitset>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "resolver/model/ip_address.h"

namespace etymon {

class AddressBlocks {
 public:
  // REQUIRES: each is text that IpPrefix::from_text() takes.
  AddressBlocks(std::initializer_list<std::string_view> blocks);

  bool contain(const IpAddress& address) const;

 private:
  using FirstOctets = std::bitset<256>;

  static size_t first_octet_of(const IpAddress& address);

  std::vector<IpPrefix> blocks_;
  // Those with which an address in one of the blocks can begin: few do.
  FirstOctets v4_;
  FirstOctets v6_;
};

}  // namespace etymon

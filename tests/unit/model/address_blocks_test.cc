#include "resolver/model/address_blocks.h"

#include <gtest/gtest.h>

namespace etymon {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::from_text(text).value();
}

TEST(AddressBlocks, contain_what_one_of_them_contains) {
  const AddressBlocks blocks = {"10.0.0.0/8", "172.16.0.0/12", "224.0.0.0/3", "fc00::/7"};
  for (const char* text : {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255",
                           "224.0.0.0", "240.0.0.1", "255.255.255.255", "fc00::", "fdff::1"}) {
    EXPECT_TRUE(blocks.contain(ip(text))) << text;
  }
  for (const char* text : {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0",
                           "223.255.255.255", "::a00:1", "e000::1", "fbff::1", "fe00::"}) {
    EXPECT_FALSE(blocks.contain(ip(text))) << text;
  }
}

TEST(AddressBlocks, that_reach_from_end_to_end_contain_their_family) {
  const AddressBlocks all = {"0.0.0.0/0"};
  EXPECT_TRUE(all.contain(ip("0.0.0.0")));
  EXPECT_TRUE(all.contain(ip("255.255.255.255")));
  EXPECT_FALSE(all.contain(ip("2001:db8::1")));
}

}  // namespace
}  // namespace etymon

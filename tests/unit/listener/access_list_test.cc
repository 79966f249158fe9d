#include "resolver/listener/access_list.h"

#include <gtest/gtest.h>

namespace etymon::listener {
namespace {

bool local(const char* address) {
  return AccessList::local_networks().allows(IpAddress::from_text(address).value());
}

TEST(AccessList, lets_in_this_machine_and_private_networks_by_default) {
  for (const char* address :
       {"127.0.0.1", "127.9.9.9", "::1", "10.255.0.1", "172.16.0.1", "172.31.255.255",
        "192.168.0.1", "169.254.1.1", "fd12::1", "fe80::1", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(local(address)) << address;
  }
}

TEST(AccessList, keeps_everybody_else_out_by_default) {
  for (const char* address : {"8.8.8.8", "172.32.0.1", "172.15.255.255", "192.169.0.1", "11.0.0.1",
                              "128.0.0.1", "2001:db8::1", "::2", "fe00::1", "0.0.0.0"}) {
    EXPECT_FALSE(local(address)) << address;
  }
}

TEST(AccessList, an_empty_list_lets_nobody_in) {
  EXPECT_FALSE(AccessList({}).allows(IpAddress::v4(0x7F000001)));
}

}  // namespace
}  // namespace etymon::listener

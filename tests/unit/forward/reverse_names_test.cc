// Which questions ask for the name of an address, and of which one.
#include "resolver/forward/reverse_names.h"

#include <gtest/gtest.h>

namespace etymon::forward {
namespace {

std::string address_of(const std::string& name) {
  const DomainName read = DomainName::from_text(name).value();
  const auto address = address_of_reverse_name(as_bytes(read.wire()));
  return address ? address->text() : "";
}

constexpr const char* kV6 =
    "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6.arpa";

TEST(ReverseName, stands_for_an_address_of_either_family) {
  EXPECT_EQ(address_of("10.2.0.192.in-addr.arpa"), "192.0.2.10");
  EXPECT_EQ(address_of("255.0.0.1.IN-ADDR.ARPA"), "1.0.0.255");
  EXPECT_EQ(address_of(kV6), "2001:db8::10");
}

TEST(ReverseName, of_a_part_of_an_address_or_of_none_stands_for_nothing) {
  for (const std::string name :
       {"2.0.192.in-addr.arpa", "1.10.2.0.192.in-addr.arpa", "256.2.0.192.in-addr.arpa",
        "010.2.0.192.in-addr.arpa", "1a.2.0.192.in-addr.arpa", "in-addr.arpa", "ip6.arpa", ".",
        "10.2.0.192.in-addr.arpa.example", "10.2.0.192.xin-addr.arpa", "example.com",
        "0.1.0.0.ip6.arpa",
        "g.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6"
        ".arpa"}) {
    EXPECT_EQ(address_of(name), "") << name;
  }
  EXPECT_EQ(address_of("0." + std::string(kV6)), "");
}

TEST(PublicAddress, is_one_that_means_the_same_everywhere) {
  for (const char* text : {"192.0.2.1", "8.8.8.8", "100.128.0.1", "2001:db8::1", "2620:fe::fe"}) {
    EXPECT_TRUE(is_public(IpAddress::from_text(text).value())) << text;
  }
  for (const char* text : {"10.0.0.1", "192.168.1.1", "172.31.0.1", "100.64.0.1", "169.254.1.1",
                           "127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "::1",
                           "fe80::1", "febf::1", "fd00::1", "ff02::1"}) {
    EXPECT_FALSE(is_public(IpAddress::from_text(text).value())) << text;
  }
}

}  // namespace
}  // namespace etymon::forward

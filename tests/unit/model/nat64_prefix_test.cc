#include "resolver/model/nat64_prefix.h"

#include <gtest/gtest.h>

namespace etymon {
namespace {

IpAddress address(std::string_view text) {
  return IpAddress::from_text(text).value();
}

Result<Nat64Prefix> prefix(std::string_view text) {
  return Nat64Prefix::from(IpPrefix::from_text(text).value());
}

struct Example {
  const char* prefix;
  const char* address;
};

// RFC 6052 section 2.4.
constexpr Example kExamples[] = {
    {"2001:db8::/32", "2001:db8:c000:221::"},
    {"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
    {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
    {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
    {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
    {"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"},
    {"64:ff9b::/96", "64:ff9b::192.0.2.33"},
};

TEST(Nat64Prefix, embeds_as_rfc_6052_shows_and_finds_it_again) {
  for (const Example& example : kExamples) {
    const Nat64Prefix nat64 = prefix(example.prefix).value();
    EXPECT_EQ(nat64.embed(address("192.0.2.33")), address(example.address)) << example.prefix;
    EXPECT_EQ(nat64.embedded_in(address(example.address)), address("192.0.2.33"));
  }
}

TEST(Nat64Prefix, what_is_not_below_it_holds_nothing) {
  EXPECT_FALSE(Nat64Prefix().embedded_in(address("64:ff9b::1:192.0.2.33")));
  EXPECT_FALSE(Nat64Prefix().embedded_in(address("192.0.2.33")));
}

TEST(Nat64Prefix, is_the_well_known_one_unless_told_otherwise) {
  EXPECT_TRUE(Nat64Prefix().is_well_known());
  EXPECT_TRUE(prefix("64:ff9b::/96").value().is_well_known());
  EXPECT_FALSE(prefix("64:ff9b:1::/48").value().is_well_known());
}

TEST(Nat64Prefix, other_lengths_ipv4_and_a_used_octet_8_are_refused) {
  for (const char* text : {"2001:db8::/33", "2001:db8::/128", "::/0", "192.0.2.0/24", "0.0.0.0/0",
                           "2001:db8:0:0:100::/96"}) {
    EXPECT_FALSE(prefix(text).ok()) << text;
  }
}

}  // namespace
}  // namespace etymon

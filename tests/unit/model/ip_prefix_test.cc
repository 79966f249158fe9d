#include <gtest/gtest.h>

#include "resolver/model/ip_address.h"

namespace etymon {
namespace {

IpAddress address(std::string_view text) {
  const auto parsed = IpAddress::from_text(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? *parsed : IpAddress();
}

IpPrefix prefix(std::string_view text) {
  const auto parsed = IpPrefix::from_text(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? *parsed : IpPrefix();
}

TEST(IpPrefix, length_counts_bits_of_the_128) {
  EXPECT_EQ(prefix("192.0.2.0/24").length(), 120U);
  EXPECT_EQ(prefix("0.0.0.0/0").length(), 96U);
  EXPECT_EQ(prefix("2001:db8::/32").length(), 32U);
  EXPECT_EQ(prefix("::ffff:192.0.2.0/120"), prefix("192.0.2.0/24"));
}

TEST(IpPrefix, an_address_alone_is_a_block_of_one) {
  EXPECT_TRUE(prefix("192.0.2.7").is_single());
  EXPECT_EQ(prefix("192.0.2.7"), IpPrefix(address("192.0.2.7")));
  EXPECT_EQ(prefix("192.0.2.7/32"), prefix("192.0.2.7"));
  EXPECT_EQ(prefix("2001:db8::1/128"), prefix("2001:db8::1"));
  EXPECT_FALSE(prefix("192.0.2.6/31").is_single());
}

TEST(IpPrefix, knows_its_first_and_last_address) {
  const IpPrefix block = prefix("192.0.2.64/27");
  EXPECT_EQ(block.first(), address("192.0.2.64"));
  EXPECT_EQ(block.last(), address("192.0.2.95"));
  EXPECT_EQ(prefix("2001:db8::/33").last(), address("2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"));
  EXPECT_EQ(prefix("192.0.2.7").last(), address("192.0.2.7"));
}

TEST(IpPrefix, contains_its_edges_and_not_its_neighbours) {
  const IpPrefix block = prefix("192.0.2.64/27");
  EXPECT_TRUE(block.contains(address("192.0.2.64")));
  EXPECT_TRUE(block.contains(address("192.0.2.95")));
  EXPECT_FALSE(block.contains(address("192.0.2.63")));
  EXPECT_FALSE(block.contains(address("192.0.2.96")));
  EXPECT_FALSE(block.contains(address("2001:db8::1")));
}

TEST(IpPrefix, ipv4_is_a_part_of_the_whole) {
  EXPECT_TRUE(IpPrefix().contains(address("192.0.2.1")));
  EXPECT_TRUE(IpPrefix().contains(address("2001:db8::1")));
  EXPECT_TRUE(prefix("0.0.0.0/0").contains(address("255.255.255.255")));
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(address("2001:db8::1")));
}

TEST(IpPrefix, can_be_drawn_around_an_address) {
  EXPECT_EQ(IpPrefix::around(address("192.0.2.77"), 120), prefix("192.0.2.0/24"));
  EXPECT_EQ(IpPrefix::around(address("2001:db8:1:2::3"), 48), prefix("2001:db8:1::/48"));
  EXPECT_EQ(IpPrefix::around(address("192.0.2.77"), 128), prefix("192.0.2.77"));
  EXPECT_EQ(IpPrefix::around(address("192.0.2.77"), 0), IpPrefix());
}

TEST(IpPrefix, text_is_read_back_as_the_same_block_for_every_length) {
  for (const char* text : {"192.0.2.77", "2001:db8:1:2:3:4:5:6", "::"}) {
    for (unsigned length = 0; length <= 128; ++length) {
      const IpPrefix block = IpPrefix::around(address(text), length);
      EXPECT_EQ(prefix(block.text()), block) << block.text();
    }
  }
}

TEST(IpPrefix, text_counts_ipv4_bits_for_ipv4_blocks) {
  EXPECT_EQ(prefix("192.0.2.0/24").text(), "192.0.2.0/24");
  EXPECT_EQ(prefix("192.0.2.7/32").text(), "192.0.2.7");
  EXPECT_EQ(prefix("2001:db8::/32").text(), "2001:db8::/32");
  EXPECT_EQ(IpPrefix().text(), "::/0");
}

TEST(IpPrefix, refuses_bits_behind_the_length_and_says_what_was_meant) {
  const auto refused = IpPrefix::from_text("192.0.2.1/24");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("192.0.2.0/24"), std::string::npos);
}

TEST(IpPrefix, refuses_text_that_is_no_block) {
  for (const std::string_view text :
       {"", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/24/24",
        "192.0.2.0/24 ", "192.0.2.0/0x18", "2001:db8::/129", "2001:db8::/1a", "192.0.2/24",
        "192.0.2.0/4294967320"}) {
    EXPECT_FALSE(IpPrefix::from_text(text).ok()) << text;
  }
}

}  // namespace
}  // namespace etymon

#include "resolver/model/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace etymon {
namespace {

using namespace std::string_view_literals;

IpAddress address(std::string_view text) {
  const auto parsed = IpAddress::from_text(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? *parsed : IpAddress();
}

TEST(IpAddress, is_unspecified_when_nothing_is_said) {
  EXPECT_EQ(IpAddress().text(), "::");
  EXPECT_FALSE(IpAddress().is_v4());
}

TEST(IpAddress, an_ipv4_address_is_held_in_its_mapped_form) {
  const IpAddress four = IpAddress::v4(0xC0000201);
  EXPECT_TRUE(four.is_v4());
  EXPECT_EQ(four.text(), "192.0.2.1");
  EXPECT_EQ(four.v4_host_order(), 0xC0000201U);
  EXPECT_EQ(four.octets(),
            (IpAddress::Octets{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1}));
}

TEST(IpAddress, the_two_spellings_of_one_host_are_equal) {
  const IpAddress four = address("192.0.2.1");
  EXPECT_EQ(address("::ffff:192.0.2.1"), four);
  EXPECT_EQ(address("::FFFF:c000:201"), four);
  EXPECT_EQ(IpAddress::v6(four.octets()), four);
  EXPECT_TRUE(IpAddress::v6(four.octets()).is_v4());
  const uint8_t octets[] = {192, 0, 2, 1};
  EXPECT_EQ(IpAddress::v4(octets), four);
}

TEST(IpAddress, an_ipv4_compatible_address_is_not_ipv4) {
  EXPECT_FALSE(address("::192.0.2.1").is_v4());
  EXPECT_EQ(address("::192.0.2.1").text(), "::c000:201");
}

// RFC 6052 section 2.1.
TEST(IpAddress, a_nat64_address_tells_the_ipv4_address_behind_it) {
  EXPECT_EQ(address("64:ff9b::192.0.2.33").translated_v4(), address("192.0.2.33"));
  EXPECT_FALSE(address("64:ff9b::1:192.0.2.33").translated_v4());
  EXPECT_FALSE(address("64:ff9b:1::192.0.2.33").translated_v4());
  EXPECT_FALSE(address("192.0.2.33").translated_v4());
}

// RFC 5952 sections 4 and 5.
TEST(IpAddress, ipv6_text_is_the_recommended_one) {
  EXPECT_EQ(address("2001:0DB8:0:0:0:0:0:1").text(), "2001:db8::1");
  EXPECT_EQ(address("2001:db8:0:1:1:1:1:1").text(), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(address("2001:0:0:1:0:0:0:1").text(), "2001:0:0:1::1");
  EXPECT_EQ(address("2001:db8:0:0:1:0:0:1").text(), "2001:db8::1:0:0:1");
  EXPECT_EQ(address("0:0:0:0:0:0:0:1").text(), "::1");
  EXPECT_EQ(address("1:0:0:0:0:0:0:0").text(), "1::");
  EXPECT_EQ(address("1:2:3:4:5:6:0:0").text(), "1:2:3:4:5:6::");
  EXPECT_EQ(address("64:ff9b::192.0.2.33").text(), "64:ff9b::c000:221");
}

TEST(IpAddress, text_is_read_back_as_the_same_address) {
  for (uint32_t bits = 0; bits < 256; ++bits) {  // every pattern of zero groups
    IpAddress::Octets octets{};
    for (size_t group = 0; group < 8; ++group) {
      octets[2 * group + 1] = (bits >> group & 1) != 0 ? uint8_t{0xA} : uint8_t{0};
    }
    const IpAddress original = IpAddress::v6(octets);
    EXPECT_EQ(address(original.text()), original) << original.text();
  }
}

TEST(IpAddress, text_is_written_one_behind_the_other) {
  std::array<char, 2 * IpAddress::kTextMax> text;
  char* const middle = address("192.0.2.1").write_text(text.data());
  char* const end = address("2001:db8::1").write_text(middle);
  EXPECT_EQ(std::string_view(text.data(), end), "192.0.2.12001:db8::1");
}

TEST(IpAddress, the_longest_text_has_39_characters) {
  const std::string longest = "2001:db80:1234:5678:9abc:def0:1234:5678";
  EXPECT_EQ(longest.size(), 39U);
  EXPECT_EQ(address(longest).text(), longest);
  EXPECT_EQ(address("255.255.255.255").text(), "255.255.255.255");
}

// Which numbers are octets, and how they are written, differs among programs: no other opinion.
TEST(IpAddress, reads_dotted_quads_as_the_c_library_does) {
  std::vector<std::string> parts = {"",           "00",         "01",  "000", "001", "0255",
                                    "0x1",        "+1",         "-1",  " 1",  "1 ",  "a",
                                    "4294967296", "4294967297", "1.1", "1."};
  for (int number = 0; number <= 1000; ++number) {
    parts.push_back(std::to_string(number));
  }
  for (const std::string& part : parts) {
    for (const std::string& text : {part + ".2.3.4", "1." + part + ".3.4", "1.2." + part + ".4",
                                    "1.2.3." + part, "1.2.3.4" + part}) {
      std::array<uint8_t, 4> octets{};
      const bool is_one = inet_pton(AF_INET, text.c_str(), octets.data()) == 1;
      const auto read = IpAddress::from_text(text);
      ASSERT_EQ(read.ok(), is_one) << text;
      EXPECT_TRUE(!is_one || *read == IpAddress::v4(octets)) << text;
    }
  }
}

TEST(IpAddress, the_longest_spelling_is_read) {
  EXPECT_EQ(address("0000:0000:0000:0000:0000:ffff:192.100.200.255"), address("192.100.200.255"));
  EXPECT_FALSE(IpAddress::from_text("0000:0000:0000:0000:0000:ffff:192.100.200.2550").ok());
}

TEST(IpAddress, refuses_text_that_is_no_address) {
  for (const std::string_view text :
       {""sv, "1.2.3"sv, "1.2.3.4.5"sv, "256.1.1.1"sv, "01.2.3.4"sv, "1.2.3.4 "sv, " 1.2.3.4"sv,
        "1.2.3.4\0"sv, "1.2.3.4/32"sv, "1.2.3.4:53"sv, "0x7f.0.0.1"sv, "2001:db8"sv, ":::"sv,
        "1::2::3"sv, "12345::"sv, "[::1]"sv, "fe80::1%eth0"sv, "::1/128"sv, "localhost"sv}) {
    const auto refused = IpAddress::from_text(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(IpAddress, sorts_as_its_octets) {
  const std::set<IpAddress> sorted = {address("10.0.0.2"), address("2001:db8::1"), address("::1"),
                                      address("10.0.0.1"), address("9.255.255.255")};
  std::string order;
  for (const IpAddress& a : sorted) {
    order += a.text() + " ";
  }
  EXPECT_EQ(order, "::1 9.255.255.255 10.0.0.1 10.0.0.2 2001:db8::1 ");
}

TEST(IpAddressHash, neighbours_spread_over_low_and_high_bits) {
  std::unordered_set<size_t> low;
  std::unordered_set<size_t> high;
  for (uint32_t host = 0; host < 4096; ++host) {
    const size_t hash = IpAddressHash{}(IpAddress::v4(0x0A000000 + host));
    low.insert(hash & 0xFFF);
    high.insert(hash >> 52);
  }
  // 4096 balls in 4096 bins at random leave 1 - 1/e of the bins taken: about 2589.
  EXPECT_GT(low.size(), 2400U);
  EXPECT_GT(high.size(), 2400U);
}

TEST(IpAddressHash, both_halves_of_an_address_count) {
  EXPECT_NE(IpAddressHash{}(address("2001:db8::1")), IpAddressHash{}(address("2001:db9::1")));
  EXPECT_NE(IpAddressHash{}(address("1::2")), IpAddressHash{}(address("2::1")));
  EXPECT_EQ(IpAddressHash{}(address("1.2.3.4")), IpAddressHash{}(address("::ffff:1.2.3.4")));
}

TEST(Endpoint, is_an_address_and_a_port) {
  const auto four = Endpoint::from_text("192.0.2.1:53");
  ASSERT_TRUE(four.ok());
  EXPECT_EQ(*four, (Endpoint{address("192.0.2.1"), 53}));
  const auto six = Endpoint::from_text("[2001:db8::1]:65535");
  ASSERT_TRUE(six.ok());
  EXPECT_EQ(*six, (Endpoint{address("2001:db8::1"), 65535}));
}

TEST(Endpoint, text_is_read_back_as_the_same_endpoint) {
  EXPECT_EQ(Endpoint::from_text("192.0.2.1:53")->text(), "192.0.2.1:53");
  EXPECT_EQ(Endpoint::from_text("[2001:db8::1]:53")->text(), "[2001:db8::1]:53");
}

TEST(Endpoint, a_missing_port_is_the_default) {
  for (const char* text : {"2001:db8::1", "[2001:db8::1]"}) {
    EXPECT_EQ(*Endpoint::from_text(text, 53), (Endpoint{address("2001:db8::1"), 53}));
  }
  EXPECT_EQ(*Endpoint::from_text("192.0.2.1", 53), (Endpoint{address("192.0.2.1"), 53}));
  EXPECT_EQ(Endpoint::from_text("192.0.2.1:5300", 53)->port, 5300);
}

TEST(Endpoint, a_missing_port_is_an_error_without_a_default) {
  EXPECT_FALSE(Endpoint::from_text("192.0.2.1").ok());
  EXPECT_FALSE(Endpoint::from_text("[2001:db8::1]").ok());
}

TEST(Endpoint, port_zero_may_be_written) {
  EXPECT_EQ(Endpoint::from_text("127.0.0.1:0", 53)->port, 0);
}

TEST(Endpoint, refuses_text_that_is_no_endpoint) {
  for (const std::string_view text :
       {"", ":53", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:+5", "192.0.2.1:5x",
        "[2001:db8::1", "[2001:db8::1]53", "[2001:db8::1]:", "2001:db8::1]:53", "host:53", "[]:53",
        "192.0.2.1:99999999999999999999"}) {
    EXPECT_FALSE(Endpoint::from_text(text, 53).ok()) << text;
  }
}

}  // namespace
}  // namespace etymon

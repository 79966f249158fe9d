#include "api/cli/capture/ip_packet.h"

#include <gtest/gtest.h>

#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::capture {
namespace {

using namespace etymon::testing;

std::string payload_of(const std::string& octets) {
  const auto packet = read_ip_packet(as_bytes(octets));
  return packet ? std::string(as_text(packet->payload)) : "no packet";
}

TEST(IpPacket, tells_who_sends_what_to_whom) {
  const std::string octets4 = ipv4(17, "payload");
  const auto four = read_ip_packet(as_bytes(octets4));
  ASSERT_TRUE(four);
  EXPECT_EQ(four->source, ip("198.51.100.53"));
  EXPECT_EQ(four->destination, ip("10.0.0.7"));
  EXPECT_EQ(four->protocol, kProtocolUdp);
  EXPECT_EQ(as_text(four->payload), "payload");
  EXPECT_FALSE(four->fragment);

  const std::string octets6 = ipv6(6, "payload");
  const auto six = read_ip_packet(as_bytes(octets6));
  ASSERT_TRUE(six);
  EXPECT_EQ(six->source, ip("2001:db8::53"));
  EXPECT_EQ(six->destination, ip("2001:db8::7"));
  EXPECT_EQ(six->protocol, kProtocolTcp);
  EXPECT_EQ(as_text(six->payload), "payload");
}

TEST(IpPacket, padding_behind_the_packet_does_not_count) {
  EXPECT_EQ(payload_of(ipv4(17, "payload") + "padding"), "payload");
  EXPECT_EQ(payload_of(ipv6(17, "payload") + "padding"), "payload");
}

TEST(IpPacket, a_packet_cut_by_the_capture_has_what_is_left) {
  const std::string four = ipv4(17, "payload");
  EXPECT_EQ(payload_of(four.substr(0, four.size() - 3)), "payl");
  const std::string six = ipv6(17, "payload");
  EXPECT_EQ(payload_of(six.substr(0, six.size() - 3)), "payl");
}

TEST(IpPacket, length_zero_means_that_the_network_card_would_have_filled_it_in) {
  std::string four = ipv4(17, "payload");
  four.replace(2, 2, be16(0));
  EXPECT_EQ(payload_of(four), "payload");
  std::string six = ipv6(17, "payload");
  six.replace(4, 2, be16(0));
  EXPECT_EQ(payload_of(six), "payload");
}

TEST(IpPacket, ipv4_options_are_stepped_over) {
  std::string octets = ipv4(17, "OPTSpayload");
  octets[0] = 0x46;
  EXPECT_EQ(payload_of(octets), "payload");
}

TEST(IpPacket, tells_of_fragments) {
  const std::string octets4 = ipv4(17, "part", {}, {.id = 77, .offset = 1480, .more = true});
  EXPECT_EQ(read_ip_packet(as_bytes(octets4))->fragment, (Fragment{77, 1480, true}));
  const std::string octets6 =
      ipv6(44, ipv6_fragment(17, "part", {.id = 0x12345678, .offset = 1448, .more = false}));
  const auto six = read_ip_packet(as_bytes(octets6));
  EXPECT_EQ(six->fragment, (Fragment{0x12345678, 1448, false}));
  EXPECT_EQ(six->protocol, kProtocolUdp);
  EXPECT_EQ(as_text(six->payload), "part");
}

TEST(IpPacket, a_fragment_that_is_all_is_none) {
  const std::string octets = ipv6(44, ipv6_fragment(17, "payload", {.id = 1}));
  EXPECT_FALSE(read_ip_packet(as_bytes(octets))->fragment);
  EXPECT_EQ(payload_of(octets), "payload");
}

TEST(IpPacket, ipv6_extension_headers_are_stepped_over) {
  const std::string options = octets({60, 0, 0, 0, 0, 0, 0, 0});  // then destination options
  const std::string more_options = octets({51, 1}) + std::string(14, '\0');  // then authentication
  const std::string authentication = octets({17, 1}) + std::string(10, '\0');
  EXPECT_EQ(payload_of(ipv6(0, options + more_options + authentication + "payload")), "payload");
}

TEST(IpPacket, a_cut_extension_header_makes_it_none) {
  EXPECT_EQ(payload_of(ipv6(0, octets({17, 5, 0, 0}))), "no packet");
  EXPECT_EQ(payload_of(ipv6(44, octets({17, 0, 0}))), "no packet");
  EXPECT_EQ(payload_of(ipv6(0, "")), "no packet");
}

TEST(IpPacket, what_is_not_ip_is_none) {
  EXPECT_EQ(payload_of(""), "no packet");
  EXPECT_EQ(payload_of(std::string(60, '\x50')), "no packet");
  EXPECT_EQ(payload_of(octets({0x45, 0, 0, 20})), "no packet");  // cut within the header
  std::string short_header = ipv4(17, "payload");
  short_header[0] = 0x44;
  EXPECT_EQ(payload_of(short_header), "no packet");
  std::string short_total = ipv4(17, "payload");
  short_total.replace(2, 2, be16(19));
  EXPECT_EQ(payload_of(short_total), "no packet");
}

}  // namespace
}  // namespace etymon::capture

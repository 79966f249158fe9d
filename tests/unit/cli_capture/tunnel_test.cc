#include "api/cli/capture/tunnel.h"

#include <gtest/gtest.h>

#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::capture {
namespace {

using namespace etymon::testing;

constexpr int kIpv4InIp = 4;
constexpr int kIpv6InIp = 41;
constexpr int kGre = 47;
constexpr int kUdp = 17;

const std::string kInner4 = ipv4(kUdp, udp(53, 1024, "four"));
const std::string kInner6 = ipv6(kUdp, udp(53, 1024, "six"));

using Packets = std::vector<std::string>;

Packets inside(const std::string& outer) {
  const auto packet = read_ip_packet(as_bytes(outer));
  if (!packet) {
    return {};
  }
  Packets out;
  for (const ByteView inner : packets_inside(*packet)) {
    out.emplace_back(as_text(inner));
  }
  return out;
}

Packets inside_gre(const std::string& gre) {
  return inside(ipv4(kGre, gre));
}

Packets inside_udp(uint16_t to, const std::string& payload) {
  return inside(ipv4(kUdp, udp(40'000, to, payload)));
}

std::string bridged4() {
  return ethernet(kInner4);
}

std::string vxlan(int flags = 0x08) {
  return octets({flags, 0, 0, 0, 0, 0, 7, 0}) + bridged4();
}

TEST(Tunnel, either_ip_carries_either) {
  EXPECT_EQ(inside(ipv4(kIpv4InIp, kInner4)), Packets{kInner4});
  EXPECT_EQ(inside(ipv4(kIpv6InIp, kInner6)), Packets{kInner6});
  EXPECT_EQ(inside(ipv6(kIpv4InIp, kInner4)), Packets{kInner4});
  EXPECT_EQ(inside(ipv6(kIpv6InIp, kInner6)), Packets{kInner6});
}

TEST(Tunnel, a_packet_of_another_version_than_announced_is_none) {
  EXPECT_EQ(inside(ipv4(kIpv4InIp, kInner6)), Packets{});
  EXPECT_EQ(inside(ipv4(kIpv6InIp, kInner4)), Packets{});
}

TEST(Tunnel, what_is_none_has_nothing_inside) {
  EXPECT_EQ(inside(ipv4(6, tcp(4789, 4789, 1, vxlan()))), Packets{});
  EXPECT_EQ(inside_udp(9999, vxlan()), Packets{});
}

TEST(Gre, has_up_to_three_optional_fields) {
  EXPECT_EQ(inside_gre(be16(0) + be16(kTypeIpv4) + kInner4), Packets{kInner4});
  EXPECT_EQ(inside_gre(be16(0x8000) + be16(kTypeIpv4) + be32(1) + kInner4), Packets{kInner4});
  EXPECT_EQ(inside_gre(be16(0x2000) + be16(kTypeIpv6) + be32(1) + kInner6), Packets{kInner6});
  EXPECT_EQ(inside_gre(be16(0x1000) + be16(kTypeIpv4) + be32(1) + kInner4), Packets{kInner4});
  EXPECT_EQ(inside_gre(be16(0xB000) + be16(kTypeIpv4) + be32(1) + be32(2) + be32(3) + kInner4),
            Packets{kInner4});
}

TEST(Gre, with_source_routes_stays_closed) {
  EXPECT_EQ(inside_gre(be16(0x4000) + be16(kTypeIpv4) + be32(0) + kInner4), Packets{});
}

TEST(Gre, bridges_ethernet_with_its_tags) {
  EXPECT_EQ(inside_gre(be16(0) + be16(0x6558) + bridged4()), Packets{kInner4});
  const std::string tagged = ethernet(be16(7) + be16(kTypeIpv4) + kInner4, 0x8100);
  EXPECT_EQ(inside_gre(be16(0) + be16(0x6558) + tagged), Packets{kInner4});
}

TEST(Gre, carries_ppp_of_a_vpn_with_or_without_an_acknowledgment) {
  const std::string ppp = be16(0xFF03) + be16(0x21) + kInner4;
  EXPECT_EQ(inside_gre(be16(0x3001) + be16(0x880B) + be32(1) + be32(2) + ppp), Packets{kInner4});
  EXPECT_EQ(inside_gre(be16(0x3081) + be16(0x880B) + be32(1) + be32(2) + be32(3) + ppp),
            Packets{kInner4});
}

TEST(Gre, carries_what_a_switch_mirrors) {
  EXPECT_EQ(inside_gre(be16(0) + be16(0x88BE) + bridged4()), Packets{kInner4});
  EXPECT_EQ(inside_gre(be16(0x1000) + be16(0x88BE) + be32(1) + be32(2) + be32(3) + bridged4()),
            Packets{kInner4});
}

TEST(Gre, may_itself_go_over_udp) {
  EXPECT_EQ(inside_udp(4754, be16(0x2000) + be16(kTypeIpv4) + be32(1) + kInner4), Packets{kInner4});
}

TEST(Vxlan, carries_ethernet) {
  EXPECT_EQ(inside_udp(4789, vxlan()), Packets{kInner4});
  EXPECT_EQ(inside_udp(8472, vxlan()), Packets{kInner4});
}

TEST(Vxlan, says_that_it_is_one) {
  EXPECT_EQ(inside_udp(4789, vxlan(0)), Packets{});
}

TEST(Geneve, has_options_of_any_length_and_carries_ethernet_or_ip) {
  EXPECT_EQ(inside_udp(6081, octets({0, 0}) + be16(0x6558) + be32(0) + bridged4()),
            Packets{kInner4});
  EXPECT_EQ(inside_udp(6081, octets({2, 0}) + be16(kTypeIpv6) + be32(0) + "options." + kInner6),
            Packets{kInner6});
}

TEST(Geneve, of_a_later_version_stays_closed) {
  EXPECT_EQ(inside_udp(6081, octets({0x40, 0}) + be16(0x6558) + be32(0) + bridged4()), Packets{});
}

TEST(Teredo, may_say_who_vouches_and_where_it_came_from) {
  const std::string authentication = octets({0, 1, 2, 3}) + "id" + "val" + std::string(9, '\0');
  const std::string origin = octets({0, 0}) + "portip";
  EXPECT_EQ(inside_udp(3544, kInner6), Packets{kInner6});
  EXPECT_EQ(inside_udp(3544, origin + kInner6), Packets{kInner6});
  EXPECT_EQ(inside_udp(3544, authentication + kInner6), Packets{kInner6});
  EXPECT_EQ(inside_udp(3544, authentication + origin + kInner6), Packets{kInner6});
}

TEST(Gtp, carries_the_packets_of_a_phone) {
  const auto gtp = [](int flags, int type) { return octets({flags, type, 0, 0, 0, 0, 0, 9}); };
  const std::string no_extension = octets({0, 1, 0, 0});
  const std::string one_extension = octets({0, 1, 0, 0x85}) + octets({1, 0, 0, 0});
  EXPECT_EQ(inside_udp(2152, gtp(0x30, 0xFF) + kInner4), Packets{kInner4});
  EXPECT_EQ(inside_udp(2152, gtp(0x32, 0xFF) + no_extension + kInner6), Packets{kInner6});
  EXPECT_EQ(inside_udp(2152, gtp(0x34, 0xFF) + one_extension + kInner4), Packets{kInner4});
  EXPECT_EQ(inside_udp(2152, gtp(0x30, 0x01) + kInner4), Packets{});  // an echo request
  EXPECT_EQ(inside_udp(2152, gtp(0x34, 0xFF) + octets({0, 1, 0, 0x85, 0, 0}) + kInner4), Packets{});
}

TEST(Tunnel, over_udp_is_known_by_either_port) {
  EXPECT_EQ(inside(ipv4(kUdp, udp(4789, 40'000, vxlan()))), Packets{kInner4});
}

TEST(Tunnel, a_client_of_dns_may_use_the_port_of_one) {
  EXPECT_EQ(inside(ipv4(kUdp, udp(53, 4789, vxlan()))), Packets{});
  EXPECT_EQ(inside(ipv4(kUdp, udp(4789, 53, vxlan()))), Packets{});
}

TEST(Tunnel, cut_anywhere_is_read_without_harm) {
  const std::string ppp = be16(0xFF03) + be16(0x21) + kInner4;
  const std::string teredo =
      octets({0, 1, 2, 3}) + std::string(14, 'a') + octets({0, 0}) + std::string(6, 'o') + kInner6;
  const std::string gtp = octets({0x34, 0xFF, 0, 0, 0, 0, 0, 9, 0, 1, 0, 0x85, 1, 0, 0, 0});
  const std::vector<std::string> outers = {
      ipv4(kGre, be16(0xB081) + be16(0x880B) + std::string(16, '\0') + ppp),
      ipv4(kUdp, udp(1, 4789, vxlan())),
      ipv4(kUdp, udp(1, 6081, octets({2, 0}) + be16(0x6558) + std::string(12, '\0') + bridged4())),
      ipv4(kUdp, udp(1, 3544, teredo)), ipv4(kUdp, udp(1, 2152, gtp + kInner4))};
  for (const std::string& outer : outers) {
    ASSERT_EQ(inside(outer).size(), 1U);
    for (size_t size = 0; size < outer.size(); ++size) {
      EXPECT_LE(inside(outer.substr(0, size)).size(), 1U);
    }
  }
}

}  // namespace
}  // namespace etymon::capture

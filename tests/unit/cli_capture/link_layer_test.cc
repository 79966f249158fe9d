#include "api/cli/capture/link_layer.h"

#include <gtest/gtest.h>

#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::capture {
namespace {

using namespace etymon::testing;

const std::string kPacket4 = ipv4(17, udp(53, 1024, "four"));
const std::string kPacket6 = ipv6(17, udp(53, 1024, "six"));

std::vector<std::string> packets_in(LinkType link, const std::string& frame) {
  std::vector<ByteView> packets;
  unwrap_frame(link, as_bytes(frame), packets);
  std::vector<std::string> out;
  for (const ByteView packet : packets) {
    out.emplace_back(as_text(packet));
  }
  return out;
}

using Packets = std::vector<std::string>;

// A netlink or NFLOG attribute, in the byte order of the machine that captured.
std::string attribute(uint16_t type, const std::string& value, std::string (*u16)(uint16_t)) {
  std::string out = u16(static_cast<uint16_t>(value.size() + 4)) + u16(type) + value;
  out.resize((out.size() + 3) / 4 * 4);
  return out;
}

std::string netlink_header() {
  return be16(4) + be16(824) + std::string(10, '\0') + be16(12);
}

std::string netlink_message(uint16_t type, const std::string& attributes) {
  const std::string body = octets({2, 0, 0, 0}) + attributes;
  return le32(static_cast<uint32_t>(body.size() + 16)) + le16(type) + le16(0) + le32(0) + le32(0) +
         body;
}

TEST(LinkLayer, ethernet_carries_either_ip) {
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(kPacket4)), Packets{kPacket4});
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(kPacket6, kTypeIpv6)), Packets{kPacket6});
}

TEST(LinkLayer, what_is_not_ip_is_no_packet) {
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(kPacket4, 0x0806)), Packets{});  // ARP
  EXPECT_EQ(packets_in(LinkType::kEthernet, ""), Packets{});
}

TEST(LinkLayer, a_packet_of_another_version_than_announced_is_none) {
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(kPacket4, kTypeIpv6)), Packets{});
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(kPacket6, kTypeIpv4)), Packets{});
}

TEST(LinkLayer, vlan_tags_may_be_stacked) {
  const std::string one_tag = be16(7) + be16(kTypeIpv4) + kPacket4;
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(one_tag, 0x8100)), Packets{kPacket4});
  const std::string two_tags = be16(9) + be16(0x8100) + one_tag;
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(two_tags, 0x88A8)), Packets{kPacket4});
}

TEST(LinkLayer, mpls_labels_are_stepped_over) {
  const std::string labels = octets({0, 1, 0x20, 64}) + octets({0, 2, 0x31, 64});
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(labels + kPacket4, 0x8847)),
            Packets{kPacket4});
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(labels.substr(0, 4), 0x8847)), Packets{});
}

TEST(LinkLayer, pppoe_sessions_carry_ppp) {
  const std::string session = octets({0x11, 0, 0, 1}) + be16(0);
  EXPECT_EQ(packets_in(LinkType::kEthernet, ethernet(session + be16(0x21) + kPacket4, 0x8864)),
            Packets{kPacket4});
  EXPECT_EQ(packets_in(LinkType::kPppEther, session + be16(0x57) + kPacket6), Packets{kPacket6});
}

TEST(LinkLayer, ppp_may_leave_out_what_never_changes) {
  EXPECT_EQ(packets_in(LinkType::kPpp, be16(0xFF03) + be16(0x21) + kPacket4), Packets{kPacket4});
  EXPECT_EQ(packets_in(LinkType::kPpp, be16(0x57) + kPacket6), Packets{kPacket6});
  EXPECT_EQ(packets_in(LinkType::kPppHdlc, octets({0x21}) + kPacket4), Packets{kPacket4});
  EXPECT_EQ(packets_in(LinkType::kPpp, be16(0xC021) + kPacket4), Packets{});  // link control
}

TEST(LinkLayer, linux_cooked_frames_tell_the_ether_type_behind_or_before_the_rest) {
  EXPECT_EQ(packets_in(LinkType::kLinuxCooked, std::string(14, '\0') + be16(kTypeIpv4) + kPacket4),
            Packets{kPacket4});
  EXPECT_EQ(packets_in(LinkType::kLinuxCooked2, be16(kTypeIpv6) + std::string(18, '\0') + kPacket6),
            Packets{kPacket6});
}

TEST(LinkLayer, loopback_and_raw_leave_it_to_the_packet) {
  EXPECT_EQ(packets_in(LinkType::kNull, le32(2) + kPacket4), Packets{kPacket4});
  EXPECT_EQ(packets_in(LinkType::kLoop, be32(24) + kPacket6), Packets{kPacket6});
  for (const LinkType link : {LinkType::kRaw, LinkType::kIpv4, LinkType::kIpv6}) {
    EXPECT_EQ(packets_in(link, kPacket4), Packets{kPacket4});
  }
}

TEST(LinkLayer, arcnet_has_an_old_and_a_new_header) {
  EXPECT_EQ(packets_in(LinkType::kArcnetLinux, octets({1, 2, 0, 0, 240}) + kPacket4),
            Packets{kPacket4});
  EXPECT_EQ(packets_in(LinkType::kArcnetLinux, octets({1, 2, 0, 0, 212, 0, 0, 0}) + kPacket4),
            Packets{kPacket4});
  EXPECT_EQ(packets_in(LinkType::kArcnetLinux, octets({1, 2, 0, 0, 212, 1, 0, 0}) + kPacket4),
            Packets{});  // a part of a packet
}

TEST(LinkLayer, nflog_attributes_are_in_either_byte_order) {
  for (const auto u16 : {le16, be16}) {
    const std::string frame = octets({2, 0, 0, 1}) + attribute(1, be32(0), u16) +
                              attribute(10, "abc", u16) + attribute(9, kPacket4, u16);
    EXPECT_EQ(packets_in(LinkType::kNflog, frame), Packets{kPacket4});
  }
}

TEST(LinkLayer, netlink_packs_several_messages_into_one_frame) {
  const std::string queued = attribute(1, "header.", le16) + attribute(10, kPacket4, le16);
  const std::string logged = attribute(9, kPacket6, le16);
  const std::string frame =
      netlink_header() + netlink_message(0x0300, queued) + netlink_message(0x0400, logged);
  EXPECT_EQ(packets_in(LinkType::kNetlink, frame), (Packets{kPacket4, kPacket6}));
}

TEST(LinkLayer, netlink_of_other_families_and_subsystems_is_no_packet) {
  const std::string logged = attribute(9, kPacket6, le16);
  EXPECT_EQ(packets_in(LinkType::kNetlink, netlink_header() + netlink_message(0x0100, logged)),
            Packets{});
  const std::string route = be16(4) + be16(824) + std::string(10, '\0') + be16(0);
  EXPECT_EQ(packets_in(LinkType::kNetlink, route + netlink_message(0x0400, logged)), Packets{});
}

TEST(LinkLayer, lengths_that_lie_end_the_reading) {
  const std::string empty_attribute = le16(0) + le16(9) + kPacket4;
  EXPECT_EQ(packets_in(LinkType::kNflog, octets({2, 0, 0, 1}) + empty_attribute), Packets{});
  EXPECT_EQ(packets_in(LinkType::kNetlink, netlink_header() + le32(0) + std::string(64, '\0')),
            Packets{});
  EXPECT_EQ(packets_in(LinkType::kNetlink, netlink_header() + le32(0xFFFFFFFF) + kPacket4),
            Packets{});
}

TEST(LinkLayer, a_frame_cut_anywhere_is_read_without_harm) {
  const std::string tagged = be16(9) + be16(0x8864) + octets({0x11, 0, 0, 1, 0, 0}) + be16(0x21);
  const std::string logged = netlink_message(0x0400, attribute(9, kPacket6, le16));
  const std::vector<std::pair<LinkType, std::string>> frames = {
      {LinkType::kEthernet, ethernet(tagged + kPacket4, 0x8100)},
      {LinkType::kNetlink, netlink_header() + logged + logged},
      {LinkType::kArcnetLinux, octets({1, 2, 0, 0, 212, 0, 0, 0}) + kPacket4},
      {LinkType::kLinuxCooked2, be16(kTypeIpv4) + std::string(18, '\0') + kPacket4}};
  for (const auto& [link, frame] : frames) {
    for (size_t size = 0; size < frame.size(); ++size) {
      EXPECT_LE(packets_in(link, frame.substr(0, size)).size(), 2U);
    }
  }
}

TEST(LinkLayer, only_link_types_that_can_be_read_are_known) {
  EXPECT_EQ(to_link_type(1), LinkType::kEthernet);
  EXPECT_EQ(to_link_type(276), LinkType::kLinuxCooked2);
  EXPECT_FALSE(to_link_type(105));  // 802.11
}

}  // namespace
}  // namespace etymon::capture

#include "resolver/net/proxy_header.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/proxy_octets.h"

namespace etymon::net {
namespace {

using testing::proxy_for;
using testing::ProxyOctets;

ProxyRead read(const std::string& octets, ProxyHeader& out) {
  return read_proxy_header(as_bytes(octets), out);
}

ProxyRead read(const ProxyOctets& header) {
  ProxyHeader out;
  return read(header.octets(), out);
}

TEST(ProxyHeader, names_the_source_in_both_families) {
  for (const char* text : {"203.0.113.9", "2001:db8::9"}) {
    ProxyHeader header;
    ASSERT_EQ(read(proxy_for(text).octets() + "message", header), ProxyRead::kWhole);
    EXPECT_EQ(header.size, proxy_for(text).octets().size());
    ASSERT_TRUE(header.source.has_value());
    EXPECT_EQ(header.source->address.text(), text);
    EXPECT_EQ(header.source->port, 4321);
  }
}

TEST(ProxyHeader, what_stands_behind_the_addresses_is_stepped_over) {
  ProxyOctets octets = proxy_for("203.0.113.9");
  octets.contents += std::string("\x04\xFF\xFFno TLV that anybody could read", 34);
  ProxyHeader header;
  ASSERT_EQ(read(octets.octets() + "message", header), ProxyRead::kWhole);
  EXPECT_EQ(header.size, octets.octets().size());
  EXPECT_EQ(header.source->address.text(), "203.0.113.9");
}

TEST(ProxyHeader, local_and_what_is_no_ip_name_nobody) {
  const std::string addresses = proxy_for("203.0.113.9").contents;
  const ProxyOctets nameless[] = {
      {.version_command = 0x20, .family = 0x00},
      {.version_command = 0x20, .family = 0x12, .contents = addresses},
      {.version_command = 0x20, .family = 0xFF, .contents = "x"},
      {.family = 0x00, .contents = "anything"},
      {.family = 0x31, .contents = std::string(216, '/')},
  };
  for (const ProxyOctets& octets : nameless) {
    ProxyHeader header;
    EXPECT_EQ(read(octets.octets(), header), ProxyRead::kWhole);
    EXPECT_FALSE(header.source.has_value());
    EXPECT_EQ(header.size, octets.octets().size());
  }
}

TEST(ProxyHeader, each_shorter_beginning_is_cut_and_nothing_else) {
  const std::string whole = proxy_for("2001:db8::9").octets();
  for (size_t size = 0; size < whole.size(); ++size) {
    ProxyHeader header;
    EXPECT_EQ(read(whole.substr(0, size), header), ProxyRead::kCut) << size;
  }
}

TEST(ProxyHeader, other_versions_commands_families_and_protocols_are_wrong) {
  const std::string addresses = proxy_for("2001:db8::9").contents;
  for (const uint8_t command : std::initializer_list<uint8_t>{0x01, 0x11, 0x31, 0x22, 0x2F}) {
    EXPECT_EQ(read({.version_command = command, .contents = addresses}), ProxyRead::kWrong);
  }
  for (const uint8_t family : std::initializer_list<uint8_t>{0x13, 0x1F, 0x41, 0xF1}) {
    EXPECT_EQ(read({.family = family, .contents = addresses}), ProxyRead::kWrong);
  }
}

TEST(ProxyHeader, too_short_for_its_addresses_is_wrong) {
  for (const char* text : {"203.0.113.9", "2001:db8::9"}) {
    ProxyOctets octets = proxy_for(text);
    while (!octets.contents.empty()) {
      octets.contents.pop_back();
      EXPECT_EQ(read(octets), ProxyRead::kWrong) << octets.contents.size();
    }
  }
}

TEST(ProxyHeader, a_longer_one_than_anybody_needs_is_wrong_before_it_has_come) {
  ProxyOctets octets = proxy_for("203.0.113.9");
  octets.contents.resize(kProxyHeaderMax - 16);
  EXPECT_EQ(read(octets), ProxyRead::kWhole);
  octets.contents.push_back('x');
  ProxyHeader header;
  EXPECT_EQ(read(octets.octets().substr(0, 16), header), ProxyRead::kWrong);
}

TEST(ProxyHeader, an_octet_beside_the_signature_is_wrong_at_once) {
  for (size_t at = 0; at < kProxySignatureSize; ++at) {
    std::string octets = proxy_for("203.0.113.9").octets();
    octets[at] = 'x';
    ProxyHeader header;
    EXPECT_EQ(read(octets.substr(0, at + 1), header), ProxyRead::kWrong);
    EXPECT_FALSE(has_proxy_signature(as_bytes(octets)));
  }
  EXPECT_TRUE(has_proxy_signature(as_bytes(proxy_for("203.0.113.9").octets())));
  EXPECT_FALSE(has_proxy_signature(as_bytes("\r\n\r\n")));
}

TEST(ProxyHeader, no_octets_make_it_read_beyond_them) {
  std::mt19937 dice(7);
  for (int round = 0; round < 100'000; ++round) {
    std::string octets = proxy_for("203.0.113.9").octets();
    octets[dice() % octets.size()] = static_cast<char>(dice());
    octets[12 + dice() % 4] = static_cast<char>(dice());
    octets.resize(dice() % (octets.size() + 1));
    ProxyHeader header;
    if (read(octets, header) == ProxyRead::kWhole) {
      EXPECT_LE(header.size, octets.size());
    }
  }
}

}  // namespace
}  // namespace etymon::net

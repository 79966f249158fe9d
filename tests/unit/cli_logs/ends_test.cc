// Which end is the host.
#include "api/cli/logs/ends.h"

#include <gtest/gtest.h>

namespace etymon::cli::logs {
namespace {

IpAddress ip(const char* text) {
  return *IpAddress::from_text(text);
}

std::string host_of(const char* source, const char* destination, const Networks& inside = {}) {
  const Ends ends = ends_of({.source = ip(source), .destination = ip(destination)}, inside);
  return ends.client.text();
}

TEST(Ends, the_host_is_the_end_that_is_inside) {
  for (const char* host : {"10.1.2.3", "172.31.0.1", "192.168.1.7", "100.64.0.1", "169.254.1.1",
                           "127.0.0.1", "fd12::7", "fe80::7", "::1"}) {
    EXPECT_EQ(host_of(host, "203.0.113.83"), host);
    EXPECT_EQ(host_of("203.0.113.83", host), host);
  }
}

TEST(Ends, where_both_are_or_neither_is_the_host_began) {
  EXPECT_EQ(host_of("192.168.1.7", "192.168.1.8"), "192.168.1.7");
  EXPECT_EQ(host_of("203.0.113.83", "198.51.100.2"), "203.0.113.83");
  EXPECT_EQ(host_of("172.32.0.1", "198.51.100.2"), "172.32.0.1");
}

TEST(Ends, a_network_may_be_added) {
  Networks inside;
  inside.add(*IpPrefix::from_text("2001:db8:7::/48"));
  EXPECT_EQ(host_of("2001:db8:1::5", "2001:db8:7::1", inside), "2001:db8:7::1");
}

TEST(Ends, behind_a_forwarded_port_is_the_host_even_when_the_outer_address_is_private) {
  const Ends ends = ends_of({.source = ip("203.0.113.83"),
                             .destination = ip("192.168.178.2"),
                             .inside = ip("10.0.0.7"),
                             .source_port = 40000},
                            Networks());
  EXPECT_EQ(ends.client, ip("10.0.0.7"));
  EXPECT_EQ(ends.address, ip("203.0.113.83"));
  EXPECT_EQ(ends.port, 40000);
}

TEST(Ends, protocols_have_the_names_of_the_api) {
  EXPECT_EQ(protocol_name("TCP"), "tcp");
  EXPECT_EQ(protocol_name("58"), "icmpv6");
  EXPECT_EQ(protocol_name("ICMPv6"), "icmpv6");
  EXPECT_EQ(protocol_name("200"), "200");
  EXPECT_EQ(protocol_name("a b"), "");
  EXPECT_EQ(protocol_name("abcdefghijklmnopq"), "");
}

}  // namespace
}  // namespace etymon::cli::logs

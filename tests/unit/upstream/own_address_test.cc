#include "resolver/upstream/own_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace etymon::upstream {
namespace {

// One listener, and a machine with 192.168.1.2 and fd00::2.
bool own(const std::string& server, const std::string& listener) {
  const std::vector<Endpoint> listeners = {Endpoint::from_text(listener).value()};
  const std::vector<IpAddress> machine = {IpAddress::from_text("192.168.1.2").value(),
                                          IpAddress::from_text("fd00::2").value()};
  return is_own(Endpoint::from_text(server).value(), listeners, machine);
}

TEST(IsOwn, the_listener_itself) {
  EXPECT_TRUE(own("127.0.0.1:53", "127.0.0.1:53"));
  EXPECT_TRUE(own("[::1]:53", "[::1]:53"));
}

TEST(IsOwn, not_another_port_or_address) {
  EXPECT_FALSE(own("127.0.0.1:54", "127.0.0.1:53"));
  EXPECT_FALSE(own("127.0.0.2:53", "127.0.0.1:53"));
  EXPECT_FALSE(own("192.168.1.1:53", "192.168.1.2:53"));
}

TEST(IsOwn, every_address_of_the_machine_when_we_listen_on_the_wildcard) {
  EXPECT_TRUE(own("192.168.1.2:53", "0.0.0.0:53"));
  EXPECT_TRUE(own("127.0.0.53:53", "0.0.0.0:53"));
  EXPECT_TRUE(own("[fd00::2]:53", "[::]:53"));
  EXPECT_TRUE(own("[::1]:53", "[::]:53"));
  EXPECT_FALSE(own("192.168.1.1:53", "0.0.0.0:53"));
}

TEST(IsOwn, wildcards_keep_to_their_family) {
  EXPECT_FALSE(own("127.0.0.1:53", "[::]:53"));
  EXPECT_FALSE(own("[::1]:53", "0.0.0.0:53"));
}

TEST(IsOwn, a_server_at_a_wildcard_address_is_this_machine) {
  EXPECT_TRUE(own("0.0.0.0:53", "127.0.0.1:53"));
  EXPECT_TRUE(own("[::]:53", "[::1]:53"));
  EXPECT_TRUE(own("0.0.0.0:53", "0.0.0.0:53"));
}

}  // namespace
}  // namespace etymon::upstream

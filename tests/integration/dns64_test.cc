// AAAA records for names that have none (DNS64), and who is found by the addresses made up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

class Dns64 : public ::testing::Test {
 protected:
  std::vector<std::string> flags() const {
    std::ofstream(folder_.path() + "/config") << "[dns64]\nsynthesis = \"on\"\n";
    return {"--config", folder_.path() + "/config"};
  }

  TemporaryFolder folder_;
  Knot knot_;
  Etymond etymond_{{knot_.address()}, flags()};
};

TEST_F(Dns64, a_lookup_by_the_address_that_was_made_up_finds_the_name) {
  const DnsReply reply = etymond_.host().ask("shop.example.test", "AAAA");
  ASSERT_EQ(reply.answers.size(), 1U);
  EXPECT_EQ(reply.answers[0].data, "64:ff9b::c000:214");
  EXPECT_EQ(reply.ttl(), kNegativeTtl.count());
  for (const char* address : {"64:ff9b::c000:214", "192.0.2.20"}) {
    const Json found = etymond_.lookup(address, "127.0.0.1");
    EXPECT_EQ(found.at("verdict"), "VERDICT_LIVE") << address;
    EXPECT_EQ(found.at("candidates").at(0).at("name"), "shop.example.test");
  }
}

TEST_F(Dns64, a_name_with_addresses_of_its_own_keeps_them) {
  const DnsReply reply = etymond_.host().ask("node.example.test", "AAAA");
  ASSERT_EQ(reply.answers.size(), 1U);
  EXPECT_EQ(reply.answers[0].data, "2001:db8::10");
}

}  // namespace
}  // namespace etymon::testing

// `dig -x` tells which name this very client had used.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"
#include "tests/support/process.h"

namespace etymon::testing {
namespace {

using ::testing::HasSubstr;

class Reverse : public ::testing::Test {
 protected:
  std::vector<std::string> reverse(const std::string& policy) const {
    std::ofstream(folder_.path() + "/config") << "[answer]\nreverse = \"" << policy << "\"\n";
    // The block is for examples, as here, and its reverse zone is special otherwise.
    return {"--config", folder_.path() + "/config", "--pass-on", "2.0.192.in-addr.arpa"};
  }

  // What dig says when `host` asks whose address that is.
  static std::string dig(const Etymond& etymond, const std::string& host,
                         const std::string& address, const std::string& more = "+short") {
    return run({"dig", "@127.0.0.1", "-p", std::to_string(etymond.port()), "-b", host, "+tries=1",
                more, "-x", address})
        .out;
  }

  TemporaryFolder folder_;
  Knot knot_;
};

TEST_F(Reverse, tells_the_name_that_the_client_used_and_not_what_others_did) {
  const Etymond etymond({knot_.address()}, reverse("names"));
  etymond.host("127.0.0.1").ask("shop.example.test");
  etymond.host("127.0.0.2").ask("blog.example.test");
  EXPECT_EQ(dig(etymond, "127.0.0.1", "192.0.2.20"), "shop.example.test.\n");
  EXPECT_EQ(dig(etymond, "127.0.0.2", "192.0.2.20"), "blog.example.test.\n");
}

TEST_F(Reverse, tells_several_names_best_first) {
  const Etymond etymond({knot_.address()}, reverse("names"));
  etymond.host().ask("shop.example.test");
  etymond.host().ask("blog.example.test");
  EXPECT_EQ(dig(etymond, "127.0.0.1", "192.0.2.20"), "blog.example.test.\nshop.example.test.\n");
}

TEST_F(Reverse, says_what_it_is_and_is_no_delivery) {
  const Etymond etymond({knot_.address()}, reverse("names"));
  etymond.host().ask("www.example.test");
  const uint64_t before = count_in(etymond.status().at("deliveries"), "answered");
  const std::string said = dig(etymond, "127.0.0.1", "192.0.2.10", "+ttlid");
  EXPECT_THAT(said, HasSubstr("PTR\twww.example.test."));
  EXPECT_THAT(said, HasSubstr("EDE: 29"));
  EXPECT_EQ(count_in(etymond.status().at("deliveries"), "answered"), before);
}

TEST_F(Reverse, of_an_address_nobody_used_goes_on_or_is_denied) {
  const Etymond passing({knot_.address()}, reverse("names"));
  EXPECT_THAT(dig(passing, "127.0.0.1", "192.0.2.10", "+comments"), HasSubstr("status: REFUSED"))
      << "knot has no reverse zone and says so";
  const Etymond denying({knot_.address()}, reverse("only"));
  EXPECT_THAT(dig(denying, "127.0.0.1", "192.0.2.10", "+comments"), HasSubstr("status: NXDOMAIN"));
}

TEST_F(Reverse, is_off_unless_wanted) {
  const Etymond etymond({knot_.address()}, reverse("pass"));
  etymond.host().ask("www.example.test");
  EXPECT_THAT(dig(etymond, "127.0.0.1", "192.0.2.10", "+comments"), HasSubstr("status: REFUSED"));
}

}  // namespace
}  // namespace etymon::testing

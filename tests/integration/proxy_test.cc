// Debian's dnsdist before etymond, telling by PROXY headers whose each query is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

constexpr const char* kWww = "192.0.2.10";  // of www.example.test

// A dnsdist that passes everything on to `backend`, once its health checks, which it sends with a
// header that names nobody, have found it there.
class Dnsdist {
 public:
  explicit Dnsdist(uint16_t backend)
      : port_(free_port()), process_(set_up(folder_.path(), port_, backend)) {
    const DnsClient client(port_);
    const bool answers = eventually([&] {
      return !process_.is_running() || client.ask("example.test", "SOA").status == "NOERROR";
    });
    if (!answers || !process_.is_running()) {
      throw std::runtime_error("dnsdist does not answer: " + process_.out() + process_.err());
    }
  }

  DnsClient host(const std::string& address) const { return DnsClient(port_, address); }

 private:
  static std::vector<std::string> set_up(const std::string& folder, uint16_t port,
                                         uint16_t backend) {
    std::ofstream(folder + "/dnsdist.conf")
        << "setLocal('127.0.0.1:" << port << "')\n"
        << "setSecurityPollSuffix('')\n"
        << "newServer({address='127.0.0.1:" << backend << "', useProxyProtocol=true, "
        << "checkName='example.test.', checkType='SOA', mustResolve=true})\n";
    return {"dnsdist", "--supervised", "--disable-syslog", "-C", folder + "/dnsdist.conf"};
  }

  TemporaryFolder folder_;
  uint16_t port_;
  Process process_;
};

std::vector<std::string> flags(const TemporaryFolder& folder) {
  std::ofstream(folder.path() + "/config") << "[listen]\nproxies = [\"127.0.0.1\"]\n";
  return {"--config", folder.path() + "/config"};
}

TEST(Proxied, the_client_behind_dnsdist_is_the_one_that_is_recorded) {
  const TemporaryFolder folder;
  const Knot knot;
  const Etymond etymond({knot.address()}, flags(folder));
  const Dnsdist dnsdist(etymond.port());
  EXPECT_EQ(dnsdist.host("127.0.0.9").ask("www.example.test").status, "NOERROR");
  EXPECT_EQ(dnsdist.host("127.0.0.10").ask("www.example.test", "A", Over::kTcp).status, "NOERROR");
  for (const char* client : {"127.0.0.9", "127.0.0.10"}) {
    const Json found = etymond.lookup(kWww, client);
    EXPECT_EQ(found.at("verdict"), "VERDICT_LIVE");
    EXPECT_EQ(found.at("candidates").at(0).at("client"), client);
    EXPECT_EQ(found.at("candidates").at(0).at("forwarder"), "127.0.0.1");
  }
  EXPECT_EQ(etymond.lookup(kWww, "127.0.0.1").at("verdict"), "VERDICT_OTHER_CLIENT");
}

TEST(Proxied, the_client_that_dnsmasqs_option_names_is_recorded_with_its_forwarder) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/config") << "[hosts]\nforwarders = [\"127.0.0.1\"]\n";
  const Knot knot;
  const Etymond etymond({knot.address()}, {"--config", folder.path() + "/config"});
  const Finished asked = run({"kdig", "@127.0.0.1", "-p", std::to_string(etymond.port()),
                              "+subnet=10.0.0.7/32", "www.example.test", "A"});
  EXPECT_THAT(asked.out, ::testing::HasSubstr(kWww));
  const Json found = etymond.lookup(kWww, "10.0.0.7");
  EXPECT_EQ(found.at("verdict"), "VERDICT_LIVE");
  EXPECT_EQ(found.at("candidates").at(0).at("forwarder"), "127.0.0.1");
}

TEST(Proxied, who_must_send_a_header_is_not_heard_without) {
  const TemporaryFolder folder;
  const Knot knot;
  const Etymond etymond({knot.address()}, flags(folder));
  send_datagram(etymond.port(), std::string("\x77\x77\1\0\0\1\0\0\0\0\0\0\0\0\1\0\1", 17));
  EXPECT_TRUE(eventually([&] { return count_in(etymond.status(), "malformed") == 1; }));
}

}  // namespace
}  // namespace etymon::testing

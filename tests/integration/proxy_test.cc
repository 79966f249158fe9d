// Debian's dnsdist before etymond, telling by PROXY headers whose each query is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "resolver/base/bytes.h"
#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"
#include "tests/integration/loopback_socket.h"
#include "tests/support/dns_messages.h"
#include "tests/support/proxy_octets.h"

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

// The same question twice from one socket, the second time with a header: what came of the first
// one would have come before the answer to the second.
TEST(Proxied, who_must_send_a_header_is_not_heard_without) {
  const TemporaryFolder folder;
  const Knot knot;
  const Etymond etymond({knot.address()}, flags(folder));
  const LoopbackSocket proxy(SOCK_DGRAM, "127.0.0.1", etymond.port());
  const auto question = [](uint16_t id) {
    return query("www.example.test", RecordType::kA, id).wire();
  };
  proxy.send(question(1));
  proxy.send(proxy_for("127.0.0.9").octets() + question(2));
  const std::string answer = proxy.receive(kPatience);
  ASSERT_GE(answer.size(), size_t{2});
  EXPECT_EQ(load_u16(as_bytes(answer).data()), 2) << "the first one was answered";
  EXPECT_EQ(count_in(etymond.status(), "malformed"), 1U);
  EXPECT_EQ(etymond.lookup(kWww, "127.0.0.9").at("verdict"), "VERDICT_LIVE");
  EXPECT_EQ(etymond.lookup(kWww, "127.0.0.1").at("verdict"), "VERDICT_OTHER_CLIENT");
}

}  // namespace
}  // namespace etymon::testing

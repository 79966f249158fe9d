// The way to the upstream goes and comes back, between two network namespaces on one cable: this
// thread's, with etymond in it, and the upstream's. Needs root.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "tests/integration/etymond.h"
#include "tests/integration/own_network.h"
#include "tests/support/scripted_resolver.h"

namespace etymon::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kUpstream = "10.78.1.2";
constexpr auto kSoon = 5s;  // after the cable is back

// The other end of the cable: a namespace with a resolver in it that knows every name.
class Remote {
 public:
  Remote() : name_("etymon-" + std::to_string(getpid()) + "-up") {
    must(words("ip netns add " + name_));
    must(words("ip link add up0 type veth peer name eth0 netns " + name_));
    must(words("ip addr add 10.78.1.1/24 dev up0"));
    must(words("ip link set up0 up"));
    const std::string inside = "ip netns exec " + name_ + " ip ";
    must(words(inside + "link set lo up"));
    must(words(inside + "addr add " + kUpstream + "/24 dev eth0"));
    must(words(inside + "link set eth0 up"));
    // Sockets stay in the network in which they were made.
    std::thread([this] { open_resolver(); }).join();
    if (!resolver_) {
      throw std::runtime_error("no resolver at the other end");
    }
  }
  ~Remote() {
    run({"ip", "link", "del", "up0"});
    run({"ip", "netns", "del", name_});
  }
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;

  std::string address() const { return resolver_->address(); }
  void pull_the_cable() const { must(words("ip link set up0 down")); }
  void plug_it_in() const { must(words("ip link set up0 up")); }
  static bool can_be_reached() { return run({"ip", "route", "get", kUpstream}).status == 0; }

 private:
  void open_resolver() {
    const int network = open(("/run/netns/" + name_).c_str(), O_RDONLY | O_CLOEXEC);
    if (setns(network, CLONE_NEWNET) == 0) {
      const auto say = [](const Asked& asked) {
        return std::optional(answer_to(asked).a(asked.name, 300, "192.0.2.1"));
      };
      resolver_ = std::make_unique<ScriptedResolver>(say, ResolverOptions{.address = kUpstream});
    }
    close(network);
  }

  std::string name_;
  std::unique_ptr<ScriptedResolver> resolver_;
};

TEST(Outage, when_the_network_returns_answers_do_without_a_restart) {
  const OwnNetwork network;
  if (!network.why_not().empty()) {
    GTEST_SKIP() << network.why_not();
  }
  const Remote remote;
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/config.toml") << "cache.failure = \"1s\"\n";
  const Etymond etymond({remote.address()}, {"--config", folder.path() + "/config.toml"});
  const DnsClient host = etymond.host();
  ASSERT_EQ(host.ask("known.example").status, "NOERROR");

  remote.pull_the_cable();
  ASSERT_FALSE(Remote::can_be_reached());
  // As many as make an upstream count as down, and more.
  const auto pulled = Clock::now();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(host.ask("n" + std::to_string(i) + ".example").status, "SERVFAIL");
  }
  EXPECT_LT(Clock::now() - pulled, kSoon) << "nobody waits for who cannot be reached";
  EXPECT_EQ(host.ask("known.example").status, "NOERROR");
  EXPECT_EQ(etymond.status().at("upstreams").at(0).at("state"), "UPSTREAM_STATE_DOWN");

  remote.plug_it_in();
  const auto plugged = Clock::now();
  int more = 0;
  EXPECT_TRUE(eventually(
      [&] { return host.ask("later" + std::to_string(++more) + ".example").status == "NOERROR"; }));
  const auto took = Clock::now() - plugged;
  RecordProperty("back_after_ms", std::to_string(took / 1ms));
  EXPECT_LT(took, kSoon);
  EXPECT_TRUE(eventually([&] { return host.ask("n0.example").status == "NOERROR"; }))
      << "what failed is not held to have failed for long";
  EXPECT_LT(Clock::now() - plugged, kSoon);
  EXPECT_EQ(etymond.status().at("upstreams").at(0).at("state"), "UPSTREAM_STATE_UP");
}

}  // namespace
}  // namespace etymon::testing

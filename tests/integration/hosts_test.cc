// One device, many addresses: learned from real neighbour discovery, between network namespaces
// that the test makes. The test's own thread moves into one, the router's, and so do the programs
// that it starts; devices have one each, on a cable to the router. Needs root.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"
#include "tests/integration/own_network.h"
#include "tests/support/process.h"

namespace etymon::testing {
namespace {

constexpr const char* kWww = "192.0.2.10";  // of www.example.test

// A device on a cable of its own: the router is .1 and ::1 there, the device .2, ::2 and a
// temporary address (RFC 8981) that its kernel makes up.
class Device {
 public:
  explicit Device(int number)
      : name_("etymon-" + std::to_string(getpid()) + "-" + std::to_string(number)),
        link_("lan" + std::to_string(number)),
        v4_("10.77." + std::to_string(number) + "."),
        v6_("fd77:0:0:" + std::to_string(number) + "::") {
    must(words("ip netns add " + name_));
    must(words("ip link add " + link_ + " type veth peer name eth0 netns " + name_));
    must(words("ip addr add " + v4_ + "1/24 dev " + link_));
    must(words("ip addr add " + v6_ + "1/64 nodad dev " + link_));
    must(words("ip link set " + link_ + " up"));
    must(inside({"sh", "-c", "echo 2 > /proc/sys/net/ipv6/conf/eth0/use_tempaddr"}));
    must(inside(words("ip link set eth0 up")));
    must(inside(words("ip addr add " + v4_ + "2/24 dev eth0")));
    must(inside(words("ip addr add " + v6_ + "2/64 mngtmpaddr nodad dev eth0")));
    if (!eventually([this] { return !find_temporary().empty(); })) {
      throw std::runtime_error("the kernel gave no temporary address");
    }
    temporary_ = find_temporary();
  }
  ~Device() {
    run({"ip", "link", "del", link_});
    run({"ip", "netns", "del", name_});
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  std::string address() const { return v4_ + "2"; }
  const std::string& temporary() const { return temporary_; }

  // Asks the router's port over IPv4, as a stub does.
  void ask(const std::string& name, uint16_t port) const {
    const Finished asked = run(inside(
        {"dig", "@" + v4_ + "1", "-p", std::to_string(port), "+short", "+tries=1", name, "A"}));
    EXPECT_THAT(asked.out, ::testing::HasSubstr(kWww));
  }

  // A datagram from the temporary address to the router, who refuses it: to do so it has to find
  // out, by Neighbor Solicitation, whose address that is.
  void send_from_temporary() const {
    run(inside({"dig", "@" + v6_ + "1", "-b", temporary_, "-p", "9", "+tries=1", "+time=1", "."}));
  }

  // The cable is pulled: nobody is a neighbour any more.
  void vanish() const { must(words("ip link set " + link_ + " down")); }

 private:
  std::vector<std::string> inside(std::vector<std::string> command) const {
    const std::vector<std::string> enter = {"ip", "netns", "exec", name_};
    command.insert(command.begin(), enter.begin(), enter.end());
    return command;
  }

  std::string find_temporary() const {
    const std::string shown =
        run(inside(words("ip -o -6 addr show dev eth0 scope global temporary -tentative"))).out;
    std::istringstream line(shown);
    std::string number;
    std::string link;
    std::string family;
    std::string address;
    line >> number >> link >> family >> address;
    return address.substr(0, address.find('/'));
  }

  std::string name_;
  std::string link_;
  std::string v4_;  // the first three numbers
  std::string v6_;  // the prefix
  std::string temporary_;
};

class Hosts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!network_.why_not().empty()) {
      GTEST_SKIP() << network_.why_not();
    }
    port_ = free_port();
  }

  std::vector<std::string> flags(const std::string& settings = "") const {
    std::ofstream(folder_.path() + "/config") << settings;
    return {"--listen", "10.77.1.1:" + std::to_string(port_),
            "--listen", "10.77.2.1:" + std::to_string(port_),
            "--config", folder_.path() + "/config"};
  }

  static bool becomes_same_host(const Etymond& etymond, const std::string& client) {
    return eventually([&] {
      const Json found = etymond.lookup(kWww, client);
      return found.at("candidates").size() == 1 &&
             found.at("candidates").at(0).at("reason") == "REASON_SAME_HOST";
    });
  }

  OwnNetwork network_;
  TemporaryFolder folder_;
  uint16_t port_ = 0;
};

TEST_F(Hosts, a_flow_from_a_temporary_ipv6_address_finds_the_name_that_was_asked_over_ipv4) {
  const Device laptop(1);
  const Device phone(2);
  const Knot knot;
  const Etymond etymond({knot.address()}, flags());
  laptop.ask("www.example.test", port_);
  laptop.send_from_temporary();
  phone.send_from_temporary();
  ASSERT_TRUE(becomes_same_host(etymond, laptop.temporary()));
  const Json found = etymond.lookup(kWww, laptop.temporary());
  EXPECT_EQ(found.at("verdict"), "VERDICT_LIVE");
  EXPECT_EQ(found.at("candidates").at(0).at("name"), "www.example.test");
  EXPECT_EQ(found.at("candidates").at(0).at("client"), laptop.address());
  EXPECT_FALSE(found.at("ambiguous"));
  EXPECT_EQ(etymond.lookup(kWww, phone.temporary()).at("verdict"), "VERDICT_OTHER_CLIENT");
}

TEST_F(Hosts, what_was_learned_outlives_the_daemon_and_the_neighbours) {
  const Device laptop(1);
  const Device phone(2);
  const Knot knot;
  Etymond etymond({knot.address()}, flags());
  laptop.ask("www.example.test", port_);
  laptop.send_from_temporary();
  ASSERT_TRUE(becomes_same_host(etymond, laptop.temporary()));
  EXPECT_EQ(etymond.stop(), 0);
  laptop.vanish();
  etymond.start();
  EXPECT_TRUE(becomes_same_host(etymond, laptop.temporary()));
}

TEST_F(Hosts, nothing_is_learned_where_the_operator_does_not_want_it) {
  const Device laptop(1);
  const Device phone(2);
  const Knot knot;
  const Etymond etymond({knot.address()}, flags("[hosts]\nneighbours = \"ignore\"\n"));
  laptop.ask("www.example.test", port_);
  laptop.send_from_temporary();
  EXPECT_EQ(etymond.lookup(kWww, laptop.temporary()).at("verdict"), "VERDICT_OTHER_CLIENT");
}

TEST_F(Hosts, what_the_operator_lists_needs_no_neighbour) {
  const Device laptop(1);
  const Device phone(2);
  const Knot knot;
  const Etymond etymond({knot.address()},
                        flags("[hosts]\nneighbours = \"ignore\"\n"
                              "devices = [\"desk 10.77.1.2\", \"desk 203.0.113.7\"]\n"));
  laptop.ask("www.example.test", port_);
  EXPECT_TRUE(becomes_same_host(etymond, "203.0.113.7"));
}

TEST_F(Hosts, leases_are_believed_where_no_neighbour_says_otherwise) {
  const Device laptop(1);
  const Device phone(2);
  const Knot knot;
  const std::string leases = folder_.path() + "/leases";
  std::ofstream(leases) << "0 02:00:00:00:00:07 10.77.1.2 laptop *\n"
                           "0 02:00:00:00:00:07 203.0.113.7 laptop *\n";
  const Etymond etymond({knot.address()},
                        flags("[hosts]\nneighbours = \"ignore\"\nleases = [\"" + leases + "\"]\n"));
  laptop.ask("www.example.test", port_);
  EXPECT_TRUE(becomes_same_host(etymond, "203.0.113.7"));
}

TEST_F(Hosts, of_a_network_that_the_machine_comes_into_later_may_ask) {
  const Knot knot;
  const std::string port = std::to_string(port_);
  const Etymond etymond({knot.address()}, {"--listen", "0.0.0.0:" + port});
  must(words("ip addr add 203.0.113.9/24 dev lo"));
  EXPECT_TRUE(eventually([&] {
    return run(words("dig @203.0.113.9 -b 203.0.113.9 -p " + port +
                     " +short +tries=1 +time=1 www.example.test"))
        .out.ends_with(std::string(kWww) + "\n");
  }));
}

}  // namespace
}  // namespace etymon::testing

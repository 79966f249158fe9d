#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "resolver/net/udp_client.h"
#include "resolver/net/udp_server.h"
#include "tests/support/fakes.h"
#include "tests/support/loop_harness.h"

namespace etymon::net {
namespace {

using testing::LoopHarness;
using testing::SeededRandom;

const Endpoint kLoopback{IpAddress::v4(0x7F000001), 0};
const Endpoint kLoopback6{IpAddress::from_text("::1").value(), 0};

// Sends what it hears back, and remembers it.
class Echo {
 public:
  Echo(EventLoop& loop, const Endpoint& local)
      : server_(UdpServer::open(loop, local, {}, [this](std::span<const Datagram> batch) {
                  batches_.push_back(batch.size());
                  for (const Datagram& datagram : batch) {
                    heard_.emplace_back(as_text(datagram.bytes));
                    local_ = datagram.local;
                  }
                  server_->send(batch);
                }).value()) {}

  std::unique_ptr<UdpServer> server_;
  std::vector<size_t> batches_;
  std::vector<std::string> heard_;
  IpAddress local_;
};

class UdpTest : public ::testing::Test {
 protected:
  // A client of `peer` that collects what comes back.
  std::unique_ptr<UdpClient> client_of(const Endpoint& peer) {
    return UdpClient::open(group_, peer, random_, [this] { readable_ = true; }).value();
  }

  std::vector<std::string> all_received(UdpClient& client) {
    std::vector<std::string> out;
    while (true) {
      const auto batch = client.receive(replies_);
      if (!batch.ok() || batch->empty()) {
        return out;
      }
      for (const ByteView reply : *batch) {
        out.emplace_back(as_text(reply));
      }
    }
  }

  Status send(UdpClient& client, std::string_view text) {
    const ByteView datagram = as_bytes(text);
    return client.send(questions_, std::span(&datagram, 1));
  }

  LoopHarness harness_;
  FdGroup group_{harness_.loop()};
  ReplyBatch replies_;
  SendBatch questions_{LocalAddress::kFixed};
  SeededRandom random_{1};
  bool readable_ = false;
};

TEST_F(UdpTest, a_batch_is_taken_whole_and_answered_in_order) {
  Echo echo(harness_.loop(), kLoopback);
  const auto client = client_of(echo.server_->local());
  std::vector<std::string> sent;
  for (int i = 0; i < 100; ++i) {
    sent.push_back("datagram " + std::to_string(i));
    ASSERT_TRUE(send(*client, sent.back()));
  }
  ASSERT_TRUE(harness_.run_until([&] { return echo.heard_.size() == 100; }));
  EXPECT_EQ(echo.heard_, sent);
  EXPECT_EQ(echo.batches_, (std::vector<size_t>{kBatchMax, 100 - kBatchMax}));
  EXPECT_EQ(all_received(*client), sent);
  EXPECT_EQ(echo.server_->counters().received, 100U);
  EXPECT_EQ(echo.server_->counters().sent, 100U);
}

TEST_F(UdpTest, more_answers_than_one_call_moves_are_all_sent) {
  Echo echo(harness_.loop(), kLoopback);
  const auto client = client_of(echo.server_->local());
  const std::vector<Datagram> answers(
      3 * kBatchMax, Datagram{as_bytes("x"), client->local(), kLoopback.address, 0});
  auto to_loopback = answers;
  for (Datagram& answer : to_loopback) {
    answer.peer.address = kLoopback.address;
  }
  echo.server_->send(to_loopback);
  EXPECT_EQ(all_received(*client).size(), 3 * kBatchMax);
}

TEST_F(UdpTest, a_datagram_that_cannot_leave_does_not_hold_up_the_others) {
  Echo echo(harness_.loop(), kLoopback);
  const auto client = client_of(echo.server_->local());
  const Endpoint good{kLoopback.address, client->local().port};
  const Endpoint nowhere{kLoopback.address, 0};  // Port 0 cannot be sent to.
  const std::vector<Datagram> answers = {{as_bytes("a"), good, kLoopback.address, 0},
                                         {as_bytes("b"), nowhere, kLoopback.address, 0},
                                         {as_bytes("c"), good, kLoopback.address, 0}};
  echo.server_->send(answers);
  EXPECT_EQ(all_received(*client), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(echo.server_->counters().unsent, 1U);
}

TEST_F(UdpTest, an_oversized_datagram_is_counted_and_dropped) {
  Echo echo(harness_.loop(), kLoopback);
  const auto client = client_of(echo.server_->local());
  ASSERT_TRUE(send(*client, std::string(kDatagramMax + 1, 'x')));
  ASSERT_TRUE(send(*client, std::string(kDatagramMax, 'y')));
  ASSERT_TRUE(harness_.run_until([&] { return echo.heard_.size() == 1; }));
  EXPECT_EQ(echo.heard_[0], std::string(kDatagramMax, 'y'));
  EXPECT_EQ(echo.server_->counters().oversized, 1U);
}

// A connected client only takes what comes from the address that it asked.
TEST_F(UdpTest, on_a_wildcard_the_answer_leaves_from_the_asked_address) {
  Echo echo(harness_.loop(), {IpAddress::v4(0), 0});
  const IpAddress asked = *IpAddress::from_text("127.0.0.9");
  const auto client = client_of({asked, echo.server_->local().port});
  ASSERT_TRUE(send(*client, "hello"));
  ASSERT_TRUE(harness_.run_until([&] { return readable_; }));
  EXPECT_EQ(all_received(*client), std::vector<std::string>{"hello"});
  EXPECT_EQ(echo.local_, asked);
}

TEST_F(UdpTest, ipv6_wildcard_and_ipv4_wildcard_share_a_port) {
  Echo v4(harness_.loop(), {IpAddress::v4(0), 0});
  const uint16_t port = v4.server_->local().port;
  Echo v6(harness_.loop(), {IpAddress(), port});
  const IpAddress loopback = *IpAddress::from_text("::1");
  const auto client = client_of({loopback, port});
  ASSERT_TRUE(send(*client, "six"));
  ASSERT_TRUE(harness_.run_until([&] { return readable_; }));
  EXPECT_EQ(all_received(*client), std::vector<std::string>{"six"});
  EXPECT_EQ(v6.local_, loopback);
  EXPECT_TRUE(v4.heard_.empty());
}

TEST_F(UdpTest, a_port_in_use_is_said_in_one_line) {
  Echo echo(harness_.loop(), kLoopback);
  const auto second =
      UdpServer::open(harness_.loop(), echo.server_->local(), {}, [](std::span<const Datagram>) {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(second.error().message.find(echo.server_->local().text()), std::string::npos);
  EXPECT_NE(second.error().message.find("another program"), std::string::npos);
}

TEST_F(UdpTest, several_loops_share_a_port_when_told_to) {
  const UdpServerOptions shared{.sharing = PortSharing::kReusePort};
  const auto ignore = [](std::span<const Datagram>) {};
  const auto first = UdpServer::open(harness_.loop(), kLoopback, shared, ignore).value();
  EXPECT_TRUE(UdpServer::open(harness_.loop(), first->local(), shared, ignore).ok());
}

TEST_F(UdpTest, an_answer_that_is_too_long_for_a_client_is_cut) {
  Echo echo(harness_.loop(), kLoopback);
  const auto client = client_of(echo.server_->local());
  const std::string text(kDatagramMax + 1, 'x');
  const Endpoint to{kLoopback.address, client->local().port};
  const Datagram long_one{as_bytes(text), to, kLoopback.address, 0};
  echo.server_->send(std::span(&long_one, 1));
  EXPECT_EQ(all_received(*client), std::vector<std::string>{text.substr(1)});
}

TEST_F(UdpTest, a_client_hears_nobody_but_its_peer) {
  Echo peer(harness_.loop(), kLoopback);
  Echo stranger(harness_.loop(), kLoopback);
  const auto client = client_of(peer.server_->local());
  const Endpoint to{kLoopback.address, client->local().port};
  const Datagram forged{as_bytes("forged"), to, kLoopback.address, 0};
  stranger.server_->send(std::span(&forged, 1));
  EXPECT_EQ(stranger.server_->counters().sent, 1U);
  EXPECT_TRUE(all_received(*client).empty());
}

// The client keeps its descriptor to itself, but not its port.
int option_of(const UdpClient& client, int level, int option) {
  int value = -1;
  for (int fd = 0; fd < 1'024; ++fd) {
    socklen_t size = sizeof(value);
    if (local_endpoint(fd) == client.local()) {
      getsockopt(fd, level, option, &value, &size);
    }
  }
  return value;
}

// What arrives in fragments can be forged from the second one on.
TEST_F(UdpTest, a_clients_questions_may_not_be_fragmented) {
  Echo echo(harness_.loop(), kLoopback);
  const auto client = client_of(echo.server_->local());
  EXPECT_EQ(option_of(*client, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_PROBE);
}

TEST_F(UdpTest, a_clients_questions_over_ipv6_may_not_be_fragmented_either) {
  Echo echo(harness_.loop(), kLoopback6);
  const auto client = client_of(echo.server_->local());
  EXPECT_EQ(option_of(*client, IPPROTO_IPV6, IPV6_MTU_DISCOVER), IPV6_PMTUDISC_PROBE);
}

TEST_F(UdpTest, a_client_is_told_when_nobody_listens) {
  Endpoint gone;
  {
    Echo echo(harness_.loop(), kLoopback);
    gone = echo.server_->local();
  }
  const auto client = client_of(gone);
  ASSERT_TRUE(send(*client, "anybody?"));
  ASSERT_TRUE(harness_.run_until([&] { return readable_; }));
  const auto received = client->receive(replies_);
  ASSERT_FALSE(received.ok());
  EXPECT_EQ(received.error().code, ErrorCode::kUnavailable);
}

TEST_F(UdpTest, a_client_may_be_destroyed_by_its_own_callback) {
  Echo echo(harness_.loop(), kLoopback);
  bool called = false;
  std::unique_ptr<UdpClient> client = UdpClient::open(group_, echo.server_->local(), random_, [&] {
                                        client.reset();
                                        called = true;
                                      }).value();
  ASSERT_TRUE(send(*client, "x"));
  EXPECT_TRUE(harness_.run_until([&] { return called; }));
}

TEST_F(UdpTest, client_ports_are_spread_over_all_unprivileged_ports) {
  Echo echo(harness_.loop(), kLoopback);
  std::set<uint16_t> ports;
  for (int i = 0; i < 2'000; ++i) {
    ports.insert(client_of(echo.server_->local())->local().port);
  }
  EXPECT_GT(ports.size(), 1'900U);  // 2000 draws of 64512: about 31 repeat.
  EXPECT_LT(*ports.begin(), 2'000);
  EXPECT_GT(*ports.rbegin(), 64'500);
}

}  // namespace
}  // namespace etymon::net

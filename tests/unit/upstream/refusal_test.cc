// ICMP errors, which anybody can forge who hits the port of a question.
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#include "resolver/net/socket.h"
#include "resolver/upstream/health.h"
#include "tests/unit/upstream/pool_fixture.h"

namespace etymon::upstream {
namespace {

using RefusalTest = PoolTest;

// What a machine says on which nobody listens at `server`, to whom sent a datagram there.
struct Unreachable {
  icmphdr icmp{};
  iphdr sent_ip{};
  udphdr sent_udp{};
};

uint16_t checksum_of(const Unreachable& message) {
  const auto* octets = reinterpret_cast<const uint8_t*>(&message);
  uint32_t sum = 0;
  for (size_t i = 0; i < sizeof(message); i += 2) {
    sum += load_u16(octets + i);
  }
  sum = (sum & 0xFFFF) + (sum >> 16);
  return htons(static_cast<uint16_t>(~(sum + (sum >> 16))));
}

// False: this process may not.
bool forge_unreachable(const Endpoint& server, const Endpoint& client) {
  const net::FileDescriptor fd(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!fd.valid()) {
    return false;
  }
  Unreachable message;
  message.icmp.type = ICMP_DEST_UNREACH;
  message.icmp.code = ICMP_PORT_UNREACH;
  message.sent_ip.version = 4;
  message.sent_ip.ihl = sizeof(iphdr) / 4;
  message.sent_ip.tot_len = htons(sizeof(iphdr) + sizeof(udphdr));
  message.sent_ip.ttl = 64;
  message.sent_ip.protocol = IPPROTO_UDP;
  message.sent_ip.saddr = htonl(INADDR_LOOPBACK);
  message.sent_ip.daddr = htonl(INADDR_LOOPBACK);
  message.sent_udp.source = htons(client.port);
  message.sent_udp.dest = htons(server.port);
  message.icmp.checksum = checksum_of(message);
  net::SocketAddress to;
  const socklen_t size = net::to_socket_address({client.address, 0}, 0, to);
  return sendto(fd.get(), &message, sizeof(message), 0, &to.any, size) == sizeof(message);
}

TEST_F(RefusalTest, an_upstream_that_refuses_udp_is_asked_over_tcp_and_nothing_is_held_against_it) {
  LoopUpstream& server = upstream(answers);
  server.stop_udp();
  const auto started = SystemClock().monotonic();
  for (unsigned i = 0; i < 2 * Health::kFailuresMax; ++i) {
    expect_answer(ask(), server);
  }
  EXPECT_LT(SystemClock().monotonic() - started, RoundTrip::kInitialPatience);
  EXPECT_TRUE(status().up);
  EXPECT_EQ(pool().counters().unreachable, 2U * Health::kFailuresMax);
  EXPECT_EQ(pool().counters().tcp_messages, 2U * Health::kFailuresMax);
}

TEST_F(RefusalTest, an_error_that_is_forged_does_not_shut_the_true_answer_out) {
  if (!forge_unreachable({IpAddress::v4(INADDR_LOOPBACK), 9},
                         {IpAddress::v4(INADDR_LOOPBACK), 9})) {
    GTEST_SKIP() << "may not send ICMP";
  }
  std::optional<UpstreamQuery> first;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    if (query.over == Over::kUdp && !first) {
      first = query;
      EXPECT_TRUE(forge_unreachable(upstreams_[0]->endpoint(), query.peer));
    } else if (query.over == Over::kTcp) {
      upstreams_[0]->send(address_reply_to(*first), first->peer);
    }
    return Messages{};
  });
  options_.deadline = Milliseconds(1'000);
  expect_answer(ask(), server);
  EXPECT_EQ(pool().counters().unreachable, 1U);
  EXPECT_EQ(server.asked_over(Over::kUdp), 1U);
}

TEST_F(RefusalTest, the_next_upstream_is_asked_before_the_same_one_over_tcp) {
  upstream(answers).stop_udp();
  LoopUpstream& second = upstream(answers);
  expect_answer(ask(), second);
  EXPECT_EQ(pool().counters().tcp_messages, 0U);
}

TEST_F(RefusalTest, all_upstreams_that_refuse_udp_are_asked_over_tcp) {
  upstream(answers).stop_udp();
  upstreams_[0]->stop_tcp();
  LoopUpstream& second = upstream(answers);
  second.stop_udp();
  expect_answer(ask(), second);
}

}  // namespace
}  // namespace etymon::upstream

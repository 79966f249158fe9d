// What the kernel keeps away from questions that wait for their answers (SAD DNS).
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "tests/integration/loopback_socket.h"
#include "tests/integration/own_network.h"
#include "tests/integration/poisoning.h"
#include "tests/integration/udp_sockets.h"

namespace etymon::testing {
namespace {

using ::testing::ElementsAre;

// An ICMP message from the forger's address: nobody listens where the datagram that we sent from
// `port` went. False when nothing was sent.
bool forge_unreachable(int raw_socket, uint16_t port, uint16_t upstream_port) {
  std::string message(sizeof(icmphdr) + sizeof(iphdr) + sizeof(udphdr), '\0');
  auto* icmp = reinterpret_cast<icmphdr*>(message.data());
  icmp->type = ICMP_DEST_UNREACH;
  icmp->code = ICMP_PORT_UNREACH;
  auto* quoted = reinterpret_cast<iphdr*>(icmp + 1);
  quoted->version = 4;
  quoted->ihl = 5;
  quoted->protocol = IPPROTO_UDP;
  quoted->saddr = inet_addr("127.0.0.1");
  quoted->daddr = inet_addr(kUpstream);
  auto* udp = reinterpret_cast<udphdr*>(quoted + 1);
  udp->source = htons(port);
  udp->dest = htons(upstream_port);
  uint32_t sum = 0;
  for (size_t i = 0; i < message.size(); i += 2) {
    sum += load_u16(octets_of(message) + i);
  }
  sum = (sum & 0xFFFF) + (sum >> 16);
  icmp->checksum = htons(static_cast<uint16_t>(~(sum + (sum >> 16))));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = inet_addr("127.0.0.1");
  return sendto(raw_socket, message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&to),
                sizeof to) == static_cast<ssize_t>(message.size());
}

TEST_F(Poisoning, icmp_about_another_port_changes_nothing) {
  const int raw_socket = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
  if (raw_socket < 0) {  // Only root forges ICMP, of whatever namespace.
    const std::optional<Finished> again = run_again_as_root();
    if (!again) {
      GTEST_SKIP() << "neither root nor user namespaces: nobody can forge ICMP here";
    }
    EXPECT_EQ(again->status, 0) << again->out << again->err;
    EXPECT_EQ(again->out.find("SKIPPED"), std::string::npos) << again->out;
    return;
  }
  const DnsReply reply = ask_under("quiet.test", [&](const Asked& asked) {
    for (unsigned i = 1; i <= 1'000; ++i) {
      const auto other = static_cast<uint16_t>(asked.port + i);
      ASSERT_TRUE(other == 0 || forge_unreachable(raw_socket, other, upstream_.port()));
    }
    EXPECT_EQ(udp_sockets_on(asked.port).size(), 1U) << "the question is still waited for";
  });
  EXPECT_THAT(addresses_in(reply), ElementsAre(kTrue));
  EXPECT_EQ(times_asked_over_tcp("quiet.test"), 0U);
  expect_truth("quiet.test");
  // The same about the right port is believed: so it was well made.
  ask_under("loud.test", [&](const Asked& asked) {
    ASSERT_TRUE(forge_unreachable(raw_socket, asked.port, upstream_.port()));
    EXPECT_TRUE(eventually([&] { return udp_sockets_on(asked.port).empty(); }));
  });
  close(raw_socket);
}

TEST_F(Poisoning, a_port_upstream_is_open_to_the_upstream_alone_and_while_its_question_waits) {
  constexpr uint16_t kQuestions = 40;
  const Endpoint upstream = Endpoint::from_text(upstream_.address()).value();
  const auto count = [&](bool connected) {
    return std::ranges::count_if(udp_sockets_of(etymond_.process()), [&](const UdpSocket& socket) {
      return socket.port != etymond_.port() && (socket.peer == upstream) == connected;
    });
  };
  be_silent();
  const LoopbackSocket client(SOCK_DGRAM, kFirstClient, etymond_.port());
  for (uint16_t i = 1; i <= kQuestions; ++i) {
    client.send(query("n" + std::to_string(i) + ".test", RecordType::kA).id(i).wire());
    ASSERT_TRUE(eventually([&] { return held() >= i; }));
    const auto ports = static_cast<size_t>(count(true));
    EXPECT_GT(ports, 0U);
    EXPECT_TRUE(eventually([&] { return held() >= ports; })) << "a message for each port";
    // One may be seen just before it is connected, but not twice.
    EXPECT_TRUE(count(false) == 0 || count(false) == 0);
  }
  speak_again();
  EXPECT_TRUE(eventually([&] { return count(true) == 0; }));
}

}  // namespace
}  // namespace etymon::testing

#include "resolver/listener/udp_listener.h"

#include "tests/support/proxy_octets.h"
#include "tests/unit/listener/listener_fixture.h"

namespace etymon::listener {
namespace {

TEST_F(ListenerTest, a_datagram_is_given_on_with_where_its_answer_goes) {
  const auto listener = UdpListener::open(loop(), kLoopback, {}, handler_).value();
  const auto fd = client(SOCK_DGRAM, listener->local());
  write(fd, "query");
  ASSERT_TRUE(run_until_kept(1));
  const KeepingHandler::Kept& kept = handler_.kept[0];
  EXPECT_EQ(kept.message, "query");
  EXPECT_EQ(kept.from.sink, listener.get());
  EXPECT_EQ(kept.from.peer, net::local_endpoint(fd.get()));
  EXPECT_EQ(kept.from.local, kLoopback.address);
  EXPECT_EQ(kept.from.transport, Transport::kUdp);
}

TEST_F(ListenerTest, each_answer_goes_to_its_own_client) {
  const auto listener = UdpListener::open(loop(), kLoopback, {}, handler_).value();
  const auto one = client(SOCK_DGRAM, listener->local());
  const auto two = client(SOCK_DGRAM, listener->local());
  write(one, "1");
  write(two, "2");
  ASSERT_TRUE(run_until_kept(2));
  handler_.answer({handler_.kept[0]}, "to one");
  handler_.answer({handler_.kept[1]}, "to two");
  EXPECT_EQ(read(one), "to one");
  EXPECT_EQ(read(two), "to two");
  EXPECT_EQ(listener->counters().socket.sent, 2U);
}

TEST_F(ListenerTest, an_answer_leaves_from_the_address_that_was_asked) {
  const auto listener = UdpListener::open(loop(), {IpAddress::v4(0), 0}, {}, handler_).value();
  const Endpoint asked{IpAddress::from_text("127.0.0.7").value(), listener->local().port};
  const auto fd = client(SOCK_DGRAM, asked);
  write(fd, "query");
  ASSERT_TRUE(run_until_kept(1));
  handler_.answer(handler_.kept, "answer");
  EXPECT_EQ(read(fd), "answer");  // A connected socket takes it from nobody else.
}

TEST_F(ListenerTest, a_whole_batch_is_handled_before_the_turn_ends) {
  const auto listener = UdpListener::open(loop(), kLoopback, {}, handler_).value();
  std::vector<size_t> at_turn_end;
  const net::TurnEnd end(loop(), [&] { at_turn_end.push_back(handler_.kept.size()); });
  const auto fd = client(SOCK_DGRAM, listener->local());
  for (int i = 0; i < 10; ++i) {
    write(fd, "query");
  }
  ASSERT_TRUE(run_until_kept(10));
  for (const size_t kept : at_turn_end) {
    EXPECT_TRUE(kept == 0 || kept == 10) << kept;
  }
}

TEST_F(ListenerTest, a_stranger_gets_nothing_and_reaches_nobody) {
  const auto listener =
      UdpListener::open(loop(), kLoopback, {.admission = {.access = only("127.0.0.2")}}, handler_)
          .value();
  const auto stranger = client(SOCK_DGRAM, listener->local());
  const auto friendly =
      client(SOCK_DGRAM, listener->local(), {IpAddress::from_text("127.0.0.2").value(), 0});
  write(stranger, "stranger");
  write(friendly, "friendly");
  ASSERT_TRUE(run_until_kept(1));
  EXPECT_EQ(handler_.kept[0].message, "friendly");
  EXPECT_EQ(listener->counters().denied, 1U);
  EXPECT_EQ(read(stranger), "");
}

TEST_F(ListenerTest, whoever_is_not_admitted_is_turned_away_as_admission_says) {
  const auto listener = UdpListener::open(loop(), kLoopback,
                                          {.admission = {.access = only("127.0.0.1"),
                                                         .strangers = Strangers::kRefuse,
                                                         .neighbour_rate = 1,
                                                         .slip = 1}},
                                          handler_)
                            .value();
  const auto often = client(SOCK_DGRAM, listener->local());
  const auto stranger =
      client(SOCK_DGRAM, listener->local(), {IpAddress::from_text("127.0.0.2").value(), 0});
  write(often, "first");
  write(often, "second");
  write(stranger, "stranger");
  ASSERT_TRUE(run_until([&] { return handler_.turned_away.size() == 2; }));
  ASSERT_EQ(handler_.kept.size(), 1U);
  EXPECT_EQ(handler_.kept[0].message, "first");
  EXPECT_EQ(handler_.turned_away[0].message, "second");
  EXPECT_EQ(handler_.reasons[0], forward::TurnAway::kTruncate);
  EXPECT_EQ(handler_.turned_away[1].message, "stranger");
  EXPECT_EQ(handler_.reasons[1], forward::TurnAway::kRefuse);
  EXPECT_EQ(listener->counters().limited, 1U);
}

TEST_F(ListenerTest, a_proxy_says_whose_a_datagram_is_and_gets_the_answer) {
  const auto listener =
      UdpListener::open(
          loop(), kLoopback,
          {.admission = {.access = only("203.0.113.0/24")}, .proxies = only("127.0.0.1")}, handler_)
          .value();
  const auto proxy = client(SOCK_DGRAM, listener->local());
  write(proxy, testing::proxy_for("203.0.113.9").octets() + "query");
  ASSERT_TRUE(run_until_kept(1));
  EXPECT_EQ(handler_.kept[0].message, "query");
  EXPECT_EQ(handler_.kept[0].from.client().text(), "203.0.113.9");
  EXPECT_EQ(handler_.kept[0].from.peer, net::local_endpoint(proxy.get()));
  handler_.answer(handler_.kept, "answer");
  EXPECT_EQ(read(proxy), "answer");
}

TEST_F(ListenerTest, a_proxy_brings_nobody_in_who_may_not_ask) {
  const auto listener =
      UdpListener::open(
          loop(), kLoopback,
          {.admission = {.access = only("203.0.113.0/24")}, .proxies = only("127.0.0.1")}, handler_)
          .value();
  const auto proxy = client(SOCK_DGRAM, listener->local());
  write(proxy, testing::proxy_for("198.51.100.9").octets() + "stranger");
  write(proxy, testing::ProxyOctets{.version_command = 0x20}.octets() + "its own");
  ASSERT_TRUE(run_until([&] { return listener->counters().denied == 2; }));
  EXPECT_TRUE(handler_.kept.empty());
}

TEST_F(ListenerTest, a_proxy_header_is_there_always_or_never) {
  const auto listener =
      UdpListener::open(loop(), kLoopback,
                        {.admission = {.access = only("0.0.0.0/0")}, .proxies = only("127.0.0.2")},
                        handler_)
          .value();
  const auto proxy =
      client(SOCK_DGRAM, listener->local(), {IpAddress::from_text("127.0.0.2").value(), 0});
  const auto other = client(SOCK_DGRAM, listener->local());
  const std::string header = testing::proxy_for("203.0.113.9").octets();
  write(proxy, "query without");
  write(proxy, header.substr(0, header.size() - 1));
  write(other, header + "forged");
  ASSERT_TRUE(run_until([&] { return listener->counters().bad_header == 3; }));
  EXPECT_TRUE(handler_.kept.empty());
  write(other, "query");
  ASSERT_TRUE(run_until_kept(1));
  EXPECT_EQ(handler_.kept[0].from.client(), kLoopback.address);
}

}  // namespace
}  // namespace etymon::listener

#include "resolver/listener/tcp_listener.h"

#include "tests/support/proxy_octets.h"
#include "tests/unit/listener/listener_fixture.h"

namespace etymon::listener {
namespace {

const std::string kTwoQueries("\0\3one\0\3two", 10);

std::shared_ptr<ConnectionPlaces> places(const ConnectionPlaces::Limits& limits) {
  return std::make_shared<ConnectionPlaces>(limits);
}

class TcpListenerTest : public ListenerTest {
 protected:
  void listen(const TcpListener::Options& options) {
    listener_ = TcpListener::open(loop(), kLoopback, options, handler_).value();
  }
  net::FileDescriptor connect(const Endpoint& from = kLoopback) {
    return client(SOCK_STREAM, listener_->local(), from);
  }
  // Ends it at once and in both directions, as who has crashed.
  static void reset(net::FileDescriptor& fd) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fd.reset();
  }
  bool run_until_open(size_t connections) {
    return run_until([=, this] { return listener_->counters().open == connections; });
  }

  std::unique_ptr<TcpListener> listener_;
};

TEST_F(TcpListenerTest, a_message_is_given_on_with_where_its_answer_goes) {
  listen({});
  const auto fd = connect();
  write(fd, kTwoQueries.substr(0, 5));
  ASSERT_TRUE(run_until_kept(1));
  const KeepingHandler::Kept& kept = handler_.kept[0];
  EXPECT_EQ(kept.message, "one");
  EXPECT_EQ(kept.from.peer, net::local_endpoint(fd.get()));
  EXPECT_EQ(kept.from.local, kLoopback.address);
  EXPECT_EQ(kept.from.transport, Transport::kTcp);
}

TEST_F(TcpListenerTest, pipelined_queries_are_answered_in_any_order) {
  listen({});
  const auto fd = connect();
  write(fd, kTwoQueries);
  ASSERT_TRUE(run_until_kept(2));
  handler_.answer({handler_.kept[1]}, "second");
  handler_.answer({handler_.kept[0]}, "first");
  EXPECT_EQ(read(fd), std::string("\0\6second\0\5first", 15));
  EXPECT_EQ(listener_->counters().sent, 2U);
}

// RFC 1035 section 4.2.2: the server waits with closing until all outstanding requests are
// satisfied.
TEST_F(TcpListenerTest, a_client_that_has_asked_all_and_ended_its_side_is_answered) {
  listen({});
  const auto fd = connect();
  write(fd, kTwoQueries);
  ::shutdown(fd.get(), SHUT_WR);
  ASSERT_TRUE(run_until_kept(2));
  harness_.run_for(Milliseconds(5));
  handler_.answer({handler_.kept[1]}, "second");
  handler_.answer({handler_.kept[0]}, "first");
  ASSERT_TRUE(run_until_open(0));
  EXPECT_EQ(read(fd), std::string("\0\6second\0\5first", 15));
  EXPECT_TRUE(ended(fd));
  EXPECT_EQ(listener_->counters().unsent, 0U);
}

TEST_F(TcpListenerTest, clients_that_have_ended_their_side_keep_no_place_from_others) {
  listen({.places = places({.all_max = 1}), .shed_idle = Milliseconds(0)});
  const auto first = connect();
  write(first, kTwoQueries);
  ::shutdown(first.get(), SHUT_WR);
  ASSERT_TRUE(run_until_kept(2));
  harness_.run_for(Milliseconds(5));
  const auto second = connect();
  write(second, kTwoQueries);
  EXPECT_TRUE(run_until_kept(4));
  EXPECT_TRUE(ended(first));
}

TEST_F(TcpListenerTest, an_answer_whose_connection_is_gone_is_dropped) {
  listen({});
  auto fd = connect();
  write(fd, kTwoQueries);
  ASSERT_TRUE(run_until_kept(2));
  reset(fd);
  ASSERT_TRUE(run_until_open(0));
  const auto another = connect();  // May get the same port and descriptor, but not the answer.
  ASSERT_TRUE(run_until_open(1));
  handler_.answer(handler_.kept, "late");
  EXPECT_EQ(listener_->counters().unsent, 2U);
  EXPECT_EQ(read(another), "");
  EXPECT_FALSE(listener_->takes(handler_.kept[0].from)) << "and need not be written";
  EXPECT_EQ(listener_->counters().unsent, 3U);
  write(another, kTwoQueries);
  ASSERT_TRUE(run_until_kept(4));
  EXPECT_TRUE(listener_->takes(handler_.kept[2].from));
}

TEST_F(TcpListenerTest, a_stranger_is_hung_up_on_unread) {
  listen({.access = only("127.0.0.2")});
  const auto stranger = connect();
  write(stranger, kTwoQueries);
  ASSERT_TRUE(run_until([&] { return listener_->counters().denied == 1; }));
  EXPECT_TRUE(handler_.kept.empty());
  EXPECT_EQ(listener_->counters().open, 0U);
}

TEST_F(TcpListenerTest, connections_of_one_client_are_limited_and_others_still_come_in) {
  listen({.places = places({.per_client_max = 2})});
  const std::vector<net::FileDescriptor> two = [&] {
    std::vector<net::FileDescriptor> fds;
    fds.push_back(connect());
    fds.push_back(connect());
    return fds;
  }();
  ASSERT_TRUE(run_until_open(2));
  const auto third = connect();
  ASSERT_TRUE(run_until([&] { return listener_->counters().over_limit == 1; }));
  EXPECT_TRUE(ended(third));
  const auto other = connect({IpAddress::from_text("127.0.0.2").value(), 0});
  EXPECT_TRUE(run_until_open(3));
}

TEST_F(TcpListenerTest, connections_in_all_are_limited_and_places_become_free_again) {
  listen({.places = places({.all_max = 1})});
  auto first = connect();
  ASSERT_TRUE(run_until_open(1));
  const auto second = connect();
  ASSERT_TRUE(run_until([&] { return listener_->counters().over_limit == 1; }));
  EXPECT_TRUE(ended(second));
  first.reset();
  ASSERT_TRUE(run_until_open(0));
  const auto third = connect();
  EXPECT_TRUE(run_until_open(1));
}

// As the loops' listeners at one address have them.
TEST_F(TcpListenerTest, listeners_with_the_same_places_count_as_one) {
  const auto shared = places({.all_max = 3, .per_client_max = 2});
  listen({.places = shared});
  const auto beside =
      TcpListener::open(loop(), kLoopback, TcpListener::Options{.places = shared}, handler_)
          .value();
  auto first = connect();
  const auto second = client(SOCK_STREAM, beside->local());
  ASSERT_TRUE(run_until_open(1));
  ASSERT_TRUE(run_until([&] { return beside->counters().open == 1; }));
  const auto of_client = connect();
  ASSERT_TRUE(run_until([&] { return listener_->counters().over_limit == 1; }));
  EXPECT_TRUE(ended(of_client));
  const auto other = connect({IpAddress::from_text("127.0.0.2").value(), 0});
  ASSERT_TRUE(run_until_open(2));
  const auto in_all =
      client(SOCK_STREAM, beside->local(), {IpAddress::from_text("127.0.0.3").value(), 0});
  ASSERT_TRUE(run_until([&] { return beside->counters().over_limit == 1; }));
  EXPECT_TRUE(ended(in_all));
  first.reset();
  ASSERT_TRUE(run_until_open(1));
  const auto again = client(SOCK_STREAM, beside->local());
  EXPECT_TRUE(run_until([&] { return beside->counters().open == 2; }));
}

TEST_F(TcpListenerTest, a_listener_that_goes_away_frees_its_places) {
  const auto shared = places({.all_max = 1});
  listen({.places = shared});
  const auto fd = connect();
  ASSERT_TRUE(run_until_open(1));
  EXPECT_FALSE(ConnectionPlaces::take(shared));
  listener_.reset();
  EXPECT_TRUE(ConnectionPlaces::take(shared));
}

TEST_F(TcpListenerTest, who_keeps_all_connections_idle_shuts_nobody_out) {
  listen({.places = places({.all_max = 2}), .shed_idle = Milliseconds(0)});
  const auto oldest = connect();
  ASSERT_TRUE(run_until_open(1));
  const auto busy = connect();
  ASSERT_TRUE(run_until_open(2));
  write(oldest, kTwoQueries.substr(0, 3));  // only a beginning, which does not count
  const auto other = connect({IpAddress::from_text("127.0.0.2").value(), 0});
  ASSERT_TRUE(run_until([&] { return listener_->counters().timed_out == 1; }));
  EXPECT_TRUE(ended(oldest));
  write(busy, kTwoQueries);
  write(other, kTwoQueries);
  EXPECT_TRUE(run_until_kept(4));
  EXPECT_EQ(listener_->counters().over_limit, 0U);
}

TEST_F(TcpListenerTest, who_waits_for_an_answer_is_not_idle_and_makes_no_room) {
  listen({.places = places({.all_max = 2}), .shed_idle = Milliseconds(0)});
  const auto waiting = connect();
  write(waiting, kTwoQueries.substr(0, 5));
  ASSERT_TRUE(run_until_kept(1));
  const auto idle = connect();
  ASSERT_TRUE(run_until_open(2));
  const auto other = connect();
  ASSERT_TRUE(run_until([&] { return listener_->counters().timed_out == 1; }));
  EXPECT_TRUE(ended(idle));
  handler_.answer({handler_.kept[0]}, "late");
  EXPECT_EQ(read(waiting), std::string("\0\4late", 6));
}

TEST_F(TcpListenerTest, who_keeps_all_connections_to_one_address_idle_shuts_nobody_out_of_another) {
  const TcpListener::Options options{.places = places({.all_max = 2}),
                                     .shed_idle = Milliseconds(0)};
  listen(options);
  const auto beside = TcpListener::open(loop(), kLoopback, options, handler_).value();
  const auto oldest = connect();
  ASSERT_TRUE(run_until_open(1));
  const auto busy = connect();
  ASSERT_TRUE(run_until_open(2));
  const auto other =
      client(SOCK_STREAM, beside->local(), {IpAddress::from_text("127.0.0.2").value(), 0});
  ASSERT_TRUE(run_until([&] { return beside->counters().open == 1; }));
  EXPECT_TRUE(ended(oldest));
  EXPECT_EQ(listener_->counters().timed_out, 1U) << "where it was";
  EXPECT_EQ(beside->counters().over_limit, 0U);
  write(busy, kTwoQueries);
  write(other, kTwoQueries);
  EXPECT_TRUE(run_until_kept(4));
}

TEST_F(TcpListenerTest, a_listener_that_goes_away_is_not_looked_at_for_room) {
  const TcpListener::Options options{.places = places({.all_max = 1}),
                                     .shed_idle = Milliseconds(0)};
  listen(options);
  TcpListener::open(loop(), kLoopback, options, handler_).value().reset();
  const auto first = connect();
  ASSERT_TRUE(run_until_open(1));
  const auto second = connect();
  ASSERT_TRUE(run_until([&] { return listener_->counters().timed_out == 1; }));
  EXPECT_TRUE(ended(first));
}

TEST_F(TcpListenerTest, an_idle_client_is_hung_up_on) {
  listen({.stream = {.idle = Milliseconds(20)}});
  const auto fd = connect();
  ASSERT_TRUE(run_until_open(1));
  ASSERT_TRUE(run_until_open(0));
  EXPECT_TRUE(ended(fd));
  EXPECT_EQ(listener_->counters().timed_out, 1U);
}

TEST_F(TcpListenerTest, a_client_that_reads_nothing_is_hung_up_on) {
  listen({.stream = {.unsent_max = 100'000}});
  const auto fd = connect();
  write(fd, kTwoQueries);
  ASSERT_TRUE(run_until_kept(2));
  const std::string large(60'000, 'x');
  for (int i = 0; i < 300 && listener_->counters().open == 1; ++i) {
    handler_.answer(handler_.kept, large);
    run_until([] { return true; });
  }
  EXPECT_EQ(listener_->counters().not_reading, 1U);
}

TEST_F(TcpListenerTest, clients_that_read_nothing_share_what_may_wait_for_them) {
  listen({.unsent_max = 1 << 20, .stream = {.unsent_max = 100 << 20}});
  const auto fd = connect();
  write(fd, kTwoQueries);
  ASSERT_TRUE(run_until_kept(2));
  const std::string large(60'000, 'x');
  for (int i = 0; i < 300 && listener_->counters().open == 1; ++i) {  // 18 MB
    handler_.answer(handler_.kept, large);
    run_until([] { return true; });
  }
  EXPECT_EQ(listener_->counters().not_reading, 1U);
}

TEST_F(TcpListenerTest, a_length_that_no_query_has_ends_the_connection) {
  listen({});
  const auto fd = connect();
  write(fd, "\xFF\xFF");
  ASSERT_TRUE(run_until([&] { return listener_->counters().oversized == 1; }));
  EXPECT_TRUE(ended(fd));
}

TEST_F(TcpListenerTest, a_listener_may_go_away_with_connections_open) {
  listen({});
  const auto fd = connect();
  write(fd, kTwoQueries);
  ASSERT_TRUE(run_until_kept(2));
  listener_.reset();
  harness_.run_for(Milliseconds(5));
  EXPECT_TRUE(ended(fd));
}

TEST_F(TcpListenerTest, a_proxy_says_whose_a_connection_is_wherever_the_segments_end) {
  listen({.access = only("203.0.113.0/24"), .proxies = only("127.0.0.1")});
  const std::string octets = testing::proxy_for("203.0.113.9").octets() + kTwoQueries;
  for (size_t split = 1; split < octets.size(); ++split) {
    handler_.kept.clear();
    const auto proxy = connect();
    write(proxy, octets.substr(0, split));
    run_until([] { return true; });
    write(proxy, octets.substr(split));
    ASSERT_TRUE(run_until_kept(2)) << split;
    EXPECT_EQ(handler_.kept[1].message, "two");
    EXPECT_EQ(handler_.kept[1].from.client().text(), "203.0.113.9");
    EXPECT_EQ(handler_.kept[1].from.peer, net::local_endpoint(proxy.get()));
    handler_.answer(handler_.kept, "answer");
  }
  EXPECT_EQ(listener_->counters().bad_header, 0U);
}

TEST_F(TcpListenerTest, a_proxy_header_is_there_always_or_never) {
  listen({.access = only("127.0.0.0/8"), .proxies = only("127.0.0.2")});
  const std::string header = testing::proxy_for("127.0.0.9").octets();
  const auto forger = connect();
  write(forger, header + kTwoQueries);
  ASSERT_TRUE(run_until([&] { return listener_->counters().bad_header == 1; }));
  EXPECT_TRUE(ended(forger));
  const auto proxy = connect({IpAddress::from_text("127.0.0.2").value(), 0});
  write(proxy, kTwoQueries);
  ASSERT_TRUE(run_until([&] { return listener_->counters().bad_header == 2; }));
  EXPECT_TRUE(ended(proxy));
  EXPECT_TRUE(handler_.kept.empty());
}

TEST_F(TcpListenerTest, a_proxied_connection_counts_as_its_clients) {
  listen({.access = only("203.0.113.0/24"),
          .proxies = only("127.0.0.1"),
          .places = places({.per_client_max = 1})});
  const std::string nine = testing::proxy_for("203.0.113.9").octets() + kTwoQueries;
  const auto first = connect();
  write(first, nine);
  ASSERT_TRUE(run_until_kept(2));
  const auto second = connect();
  write(second, nine);
  ASSERT_TRUE(run_until([&] { return listener_->counters().over_limit == 1; }));
  const auto other = connect();
  write(other, testing::proxy_for("203.0.113.10").octets() + kTwoQueries);
  ASSERT_TRUE(run_until_kept(4));
  const auto stranger = connect();
  write(stranger, testing::proxy_for("198.51.100.9").octets() + kTwoQueries);
  ASSERT_TRUE(run_until([&] { return listener_->counters().denied == 1; }));
  EXPECT_EQ(handler_.kept.size(), 4U);
  ASSERT_TRUE(run_until_open(2));
}

TEST_F(TcpListenerTest, a_proxy_header_that_trickles_in_is_cut_off) {
  listen({.proxies = only("127.0.0.1"), .stream = {.message = Milliseconds(20)}});
  const auto proxy = connect();
  write(proxy, testing::proxy_for("203.0.113.9").octets().substr(0, 20));
  ASSERT_TRUE(run_until([&] { return listener_->counters().timed_out == 1; }));
  EXPECT_TRUE(ended(proxy));
}

}  // namespace
}  // namespace etymon::listener

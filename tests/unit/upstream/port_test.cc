// Ports: how many questions share one, for how long, and that sharing gives nothing away.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "resolver/upstream/udp_link.h"
#include "tests/unit/upstream/pool_fixture.h"

namespace etymon::upstream {
namespace {

using testing::with_id;

class PortTest : public PoolTest {
 protected:
  // Asks for `count` names in one turn.
  void ask_at_once(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      std::string name = kName;
      name[1] = static_cast<char>('a' + i % 26);
      name[2] = static_cast<char>('a' + i / 26);
      pool().ask({.qname = name}, [this, name](Result<Response> r) {
        ASSERT_TRUE(r.ok()) << r.error().message;
        EXPECT_EQ(r->message.substr(12, name.size()), name);
        ++answered_;
      });
    }
  }

  // How many of the questions that `server` was asked came from each port.
  static std::map<uint16_t, size_t> questions_by_port(const LoopUpstream& server) {
    std::map<uint16_t, size_t> count;
    for (const UpstreamQuery& query : server.asked()) {
      ++count[query.peer.port];
    }
    return count;
  }

  size_t answered_ = 0;
};

TEST_F(PortTest, a_port_is_shared_by_eight_questions_of_one_turn_at_most) {
  LoopUpstream& server = upstream(answers);
  ask_at_once(100);
  ASSERT_TRUE(harness_.run_until([&] { return answered_ == 100; }));
  const auto by_port = questions_by_port(server);
  EXPECT_EQ(by_port.size(), 13U);
  EXPECT_TRUE(std::ranges::all_of(by_port, [](const auto& port) { return port.second <= 8; }));
}

TEST_F(PortTest, a_later_turn_does_not_use_a_port_that_still_has_room) {
  LoopUpstream& server = upstream(silence);
  for (size_t asked = 1; asked <= 50; ++asked) {
    ask_at_once(1);
    ASSERT_TRUE(harness_.run_until([&] { return server.asked().size() == asked; }));
  }
  EXPECT_EQ(questions_by_port(server).size(), 50U);
}

// Draws every number three times in a row.
class StammeringRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override {
    std::ranges::fill(out, static_cast<uint8_t>(draws_++ / 3));
  }

 private:
  unsigned draws_ = 0;
};

class IdleWaiter final : public UdpLink::Waiter {
 public:
  void on_link_message(ByteView) override {}
  void on_link_distrusted() override {}
  void on_link_closed() override {}
};

TEST_F(PortTest, ids_on_one_port_differ_whatever_is_drawn) {
  UdpLink::Shared shared(loop());
  const LoopUpstream server(loop(), silence);
  const auto link = UdpLink::open(shared, server.endpoint(), random_).value();
  StammeringRandom random;
  std::array<IdleWaiter, UdpLink::kQuestionsMax> waiters;
  std::set<uint16_t> ids;
  for (IdleWaiter& waiter : waiters) {
    ids.insert(link->join(waiter, random));
  }
  EXPECT_EQ(ids.size(), UdpLink::kQuestionsMax);
  EXPECT_TRUE(link->full());
}

TEST_F(PortTest, there_are_never_more_ports_open_than_questions_in_flight) {
  std::vector<UpstreamQuery> waiting;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    waiting.push_back(query);
    return Messages{};
  });
  ask_at_once(20);
  ASSERT_TRUE(harness_.run_until([&] { return waiting.size() == 20; }));
  EXPECT_EQ(pool().counters().ports, 3U);
  for (size_t left = 20; left-- > 0;) {
    server.send(address_reply_to(waiting[left]), waiting[left].peer);
    ASSERT_TRUE(harness_.run_until([&] { return answered_ == 20 - left; }));
    EXPECT_LE(pool().counters().ports, left);
  }
  EXPECT_EQ(pool().counters().ports, 0U);
}

TEST_F(PortTest, eight_on_each_port_still_make_ten_thousand_ports_of_a_hundred_thousand_questions) {
  UdpLink::Shared shared(loop());
  const LoopUpstream server(loop(), silence);
  std::set<uint16_t> ports;
  for (int i = 0; i < 100'000 / static_cast<int>(UdpLink::kQuestionsMax); ++i) {
    const auto client =
        net::UdpClient::open(shared.sockets, server.endpoint(), random_, [] {}).value();
    ports.insert(client->local().port);
  }
  EXPECT_GE(ports.size(), 10'000U);
}

// Of 256 equally likely values chi-square is 255 on average, and 437 lies eight deviations above;
// of numbers that do not follow each other the correlation deviates by 0.003.
TEST_F(PortTest, ids_are_spread_and_none_tells_the_next) {
  UdpLink::Shared shared(loop());
  const LoopUpstream server(loop(), silence);
  SystemRandom random;
  std::vector<double> ids;
  while (ids.size() < 100'000) {
    const auto link = UdpLink::open(shared, server.endpoint(), random).value();
    std::array<IdleWaiter, UdpLink::kQuestionsMax> waiters;
    for (IdleWaiter& waiter : waiters) {
      ids.push_back(link->join(waiter, random));
    }
  }
  std::array<double, 256> upper{};
  std::array<double, 256> lower{};
  double products = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto id = static_cast<unsigned>(ids[i]);
    ++upper[id >> 8];
    ++lower[id & 0xFF];
    products += (ids[i] - 32767.5) * (ids[(i + 1) % ids.size()] - 32767.5);
  }
  const double expected = static_cast<double>(ids.size()) / 256;
  for (const auto& counts : {upper, lower}) {
    double chi_square = 0;
    for (const double count : counts) {
      chi_square += (count - expected) * (count - expected) / expected;
    }
    EXPECT_LT(chi_square, 437);
  }
  constexpr double kVariance = 65'536.0 * 65'536.0 / 12;
  EXPECT_LT(std::abs(products / kVariance / static_cast<double>(ids.size())), 0.02);
}

TEST_F(PortTest, on_one_port_an_id_is_only_good_for_its_own_question) {
  std::vector<UpstreamQuery> asked;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    asked.push_back(query);
    if (asked.size() == 2) {  // Each the other's id; then as it should be.
      upstreams_[0]->send(with_id(address_reply_to(asked[0]), asked[1].id()), asked[0].peer);
      upstreams_[0]->send(with_id(address_reply_to(asked[1]), asked[0].id()), asked[1].peer);
      upstreams_[0]->send(address_reply_to(asked[0]), asked[0].peer);
      upstreams_[0]->send(address_reply_to(asked[1]), asked[1].peer);
    }
    return Messages{};
  });
  ask_at_once(2);
  ASSERT_TRUE(harness_.run_until([&] { return answered_ == 2; }));
  EXPECT_EQ(questions_by_port(server).size(), 1U);
  EXPECT_EQ(pool().counters().mismatches, 2U);
}

TEST_F(PortTest, guesses_are_counted_for_the_port_and_move_all_its_questions_to_tcp) {
  std::vector<UpstreamQuery> over_udp;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    if (query.over == Over::kTcp) {
      return answers(query);
    }
    over_udp.push_back(query);
    if (over_udp.size() == UdpLink::kQuestionsMax) {
      const auto taken = [&](uint16_t id) {
        return std::ranges::any_of(over_udp, [&](const auto& q) { return q.id() == id; });
      };
      for (uint16_t id = 0, sent = 0; sent < UdpLink::kGuessesMax; ++id) {
        if (!taken(id)) {
          upstreams_[0]->send(with_id(address_reply_to(query), id), query.peer);
          ++sent;
        }
      }
    }
    return Messages{};
  });
  ask_at_once(UdpLink::kQuestionsMax);
  ASSERT_TRUE(harness_.run_until([&] { return answered_ == UdpLink::kQuestionsMax; }));
  EXPECT_EQ(server.asked_over(Over::kTcp), UdpLink::kQuestionsMax);
  EXPECT_EQ(pool().counters().mismatches, UdpLink::kGuessesMax);
}

TEST_F(PortTest, an_answer_that_comes_twice_is_no_guess) {
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    Messages out;
    if (upstreams_[0]->asked().size() == 1) {  // The first again and again, before the second.
      out.assign(5, address_reply_to(query));
    } else {
      out = answers(query);
    }
    return out;
  });
  ask_at_once(2);
  ASSERT_TRUE(harness_.run_until([&] { return answered_ == 2; }));
  EXPECT_EQ(server.asked_over(Over::kTcp), 0U);
  EXPECT_EQ(pool().counters().mismatches, 0U);
}

TEST_F(PortTest, when_nobody_listens_all_who_share_the_port_are_told) {
  {
    const LoopUpstream gone(loop(), silence);
    options_.servers.push_back(gone.endpoint());
  }
  LoopUpstream& second = upstream(answers);
  ask_at_once(UdpLink::kQuestionsMax);
  ASSERT_TRUE(harness_.run_until([&] { return answered_ == UdpLink::kQuestionsMax; }));
  EXPECT_EQ(second.asked().size(), UdpLink::kQuestionsMax);
  EXPECT_EQ(pool().counters().timeouts, 0U);
}

TEST_F(PortTest, a_pool_may_go_away_inside_the_answer_to_one_of_several) {
  upstream(answers);
  int told = 0;
  for (int i = 0; i < 3; ++i) {
    pool().ask({.qname = kName}, [&](const Result<Response>&) {
      ++told;
      pool_.reset();
    });
  }
  ASSERT_TRUE(harness_.run_until([&] { return told > 0; }));
  harness_.run_for(Milliseconds(5));
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace etymon::upstream

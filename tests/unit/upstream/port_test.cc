// Ports: how many questions share one, for how long, and that sharing gives nothing away.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
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
  void on_link_refused() override {}
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

TEST_F(PortTest, a_port_that_closed_before_anything_was_sent_takes_no_question) {
  UdpLink::Shared shared(loop());
  const LoopUpstream server(loop(), silence);
  UdpLinks links(shared, random_, server.endpoint());
  IdleWaiter first;
  const auto link = links.with_room().value();
  link->join(first, random_);
  EXPECT_EQ(links.with_room().value(), link);
  link->leave(first);
  EXPECT_NE(links.with_room().value(), link) << "what is put there would never be sent";
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

// How unevenly the values fall into classes of equal width; `values` are in [first, end).
double chi_square(const std::vector<uint16_t>& values, uint32_t first, uint32_t end,
                  size_t classes) {
  std::vector<double> counts(classes);
  for (const uint16_t value : values) {
    ++counts[(value - first) * classes / (end - first)];
  }
  const double expected = static_cast<double>(values.size()) / static_cast<double>(classes);
  double sum = 0;
  for (const double count : counts) {
    sum += (count - expected) * (count - expected) / expected;
  }
  return sum;
}

// How much each value says of the next: 1 everything, 0 nothing.
double serial_correlation(const std::vector<uint16_t>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double products = 0;
  double squares = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    products += (values[i] - mean) * (values[(i + 1) % values.size()] - mean);
    squares += (values[i] - mean) * (values[i] - mean);
  }
  return products / squares;
}

// Of numbers that are drawn fairly, one set in a million exceeds these.
constexpr double kChiSquareOf16 = 58;
constexpr double kChiSquareOf256 = 378;

// 250,000: then 0.01 is five deviations of a correlation, which are 1 / sqrt(count) each.
TEST_F(PortTest, ids_are_spread_and_none_tells_the_next) {
  UdpLink::Shared shared(loop());
  const LoopUpstream server(loop(), silence);
  SystemRandom random;
  std::vector<uint16_t> ids;
  while (ids.size() < 250'000) {
    const auto link = UdpLink::open(shared, server.endpoint(), random).value();
    std::array<IdleWaiter, UdpLink::kQuestionsMax> waiters;
    for (IdleWaiter& waiter : waiters) {
      ids.push_back(link->join(waiter, random));
    }
  }
  std::vector<uint16_t> lower_octets = ids;
  std::ranges::for_each(lower_octets, [](uint16_t& id) { id &= 0xFF; });
  EXPECT_LT(chi_square(ids, 0, 65'536, 256), kChiSquareOf256);
  EXPECT_LT(chi_square(lower_octets, 0, 256, 256), kChiSquareOf256);
  EXPECT_LT(std::abs(serial_correlation(ids)), 0.01);
}

// Of sockets: the questions that share one have the same port, on purpose. 250,000 as above; the
// first of them are those of a hundred thousand questions, eight on each. Ports that others have
// just now are missing, so that the classes have to be wide.
TEST_F(PortTest, a_hundred_thousand_questions_leave_from_ten_thousand_ports_that_tell_nothing) {
  UdpLink::Shared shared(loop());
  const LoopUpstream server(loop(), silence);
  SystemRandom random;
  std::vector<uint16_t> ports;
  while (ports.size() < 250'000) {
    const auto client =
        net::UdpClient::open(shared.sockets, server.endpoint(), random, [] {}).value();
    ports.push_back(client->local().port);
  }
  const auto of_questions = std::span(ports).first(100'000 / UdpLink::kQuestionsMax);
  EXPECT_GE(std::set<uint16_t>(of_questions.begin(), of_questions.end()).size(), 10'000U);
  EXPECT_LT(chi_square(ports, 1'024, 65'536, 16), kChiSquareOf16);
  EXPECT_LT(std::abs(serial_correlation(ports)), 0.01);
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

// Believing: only the answer to the very message that was sent, from whom it was sent to.
#include "resolver/upstream/udp_link.h"
#include "resolver/wire/message.h"
#include "tests/support/colliding_names.h"
#include "tests/unit/upstream/pool_fixture.h"

namespace etymon::upstream {
namespace {

using testing::kReplyFlags;
using testing::lower_cased;
using testing::with_id;

// The same answer, with another address in it.
std::string poisoned(std::string answer) {
  answer.back() = '\x66';
  return answer;
}

// A name without letters: no spelling protects it.
const std::string kDigits = std::string("\x0C") + "123456789012" + "\3" + "000" + '\0';

bool is_true_answer(const Result<Response>& response) {
  return response.ok() && response->message.ends_with(std::string("\xC0\x00\x02\x01", 4));
}

// The same message, about another name of the same length.
std::string about(const std::string& name, std::string message) {
  return message.replace(wire::kHeaderSize, name.size(), name);
}

// The true answer, over TCP too, behind `forged` packets over UDP.
LoopUpstream::Script behind(std::function<Messages(const UpstreamQuery&)> forged) {
  return [forged = std::move(forged)](const UpstreamQuery& query) {
    Messages out = query.over == Over::kUdp ? forged(query) : Messages{};
    out.push_back(address_reply_to(query));
    return out;
  };
}

// A forged packet of the wrong sort changes nothing: the true answer that follows is taken, over
// UDP, without another question.
class Malformed : public PoolTest, public ::testing::WithParamInterface<const char*> {
 protected:
  static std::string forge(const std::string& kind, const UpstreamQuery& query) {
    const std::string answer = poisoned(address_reply_to(query));
    std::string out = answer;
    auto* octets = reinterpret_cast<uint8_t*>(out.data());
    if (kind == "id") {
      return with_id(answer, static_cast<uint16_t>(query.id() + 1));
    }
    if (kind == "query") {
      store_u16(octets + 2, 0x0100);
    }
    if (kind == "opcode") {
      store_u16(octets + 2, kReplyFlags | 0x2000);
    }
    if (kind == "no_question") {
      store_u16(octets + 4, 0);
    }
    if (kind == "two_questions") {
      store_u16(octets + 4, 2);
    }
    if (kind == "name") {
      octets[13] = octets[13] == 'x' ? 'y' : 'x';
    }
    if (kind == "type") {
      store_u16(octets + 12 + kName.size(), 28);
    }
    if (kind == "class") {
      store_u16(octets + 12 + kName.size() + 2, 3);
    }
    if (kind == "short") {
      out.resize(11);
    }
    if (kind == "empty") {
      out.clear();
    }
    return out;
  }
};

TEST_P(Malformed, packets_change_nothing) {
  LoopUpstream& server = upstream(
      behind([](const UpstreamQuery& query) { return Messages{forge(GetParam(), query)}; }));
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked().size(), 1U);
  EXPECT_EQ(pool().counters().mismatches, 1U);
}

INSTANTIATE_TEST_SUITE_P(Each, Malformed,
                         ::testing::Values("id", "query", "opcode", "no_question", "two_questions",
                                           "name", "type", "class", "short", "empty"),
                         [](const auto& instance) { return std::string(instance.param); });

// Its header and question are right, and its record says that it is longer than the message.
std::string broken(std::string answer) {
  store_u16(reinterpret_cast<uint8_t*>(answer.data()) + answer.size() - 6, 400);
  return answer;
}

TEST_F(PoolTest, an_answer_that_cannot_be_read_is_none_and_the_true_one_is_still_taken) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    return query.over == Over::kTcp
               ? Messages{}
               : Messages{broken(poisoned(address_reply_to(query))), address_reply_to(query)};
  });
  expect_answer(ask(), server);
  EXPECT_EQ(pool().counters().mismatches, 1U);
}

TEST_F(PoolTest, instead_of_an_answer_that_cannot_be_read_one_is_asked_for_over_tcp) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    const std::string answer = address_reply_to(query);
    return Messages{query.over == Over::kUdp ? broken(poisoned(answer)) : answer};
  });
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked_over(Over::kTcp), 1U);
}

TEST_F(PoolTest, whoever_cannot_be_read_over_tcp_either_is_followed_by_the_next) {
  upstream([](const UpstreamQuery& query) { return Messages{broken(address_reply_to(query))}; });
  LoopUpstream& other = upstream(behind([](const UpstreamQuery&) { return Messages{}; }));
  expect_answer(ask(), other);
}

// The 500 fit no socket's buffer, so they come in parts.
TEST_F(PoolTest, of_a_flood_of_wrong_ids_each_is_counted_and_the_true_answer_comes_over_tcp) {
  constexpr uint16_t kFlood = 500;
  constexpr uint16_t kPart = 50;
  std::vector<UpstreamQuery> asked;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    asked.push_back(query);
    return Messages{};
  });
  std::optional<Result<Response>> result;
  pool().ask({.qname = kName}, [&](Result<Response> r) { result = std::move(r); });
  ASSERT_TRUE(harness_.run_until([&] { return asked.size() == 1; }));
  const std::string forged = poisoned(address_reply_to(asked[0]));
  for (uint16_t sent = 0; sent < kFlood;) {
    for (const uint16_t end = sent + kPart; sent < end;) {
      server.send(with_id(forged, static_cast<uint16_t>(asked[0].id() + ++sent)), asked[0].peer);
    }
    ASSERT_TRUE(harness_.run_until([&] { return pool().counters().mismatches == sent; }));
  }
  ASSERT_TRUE(harness_.run_until([&] { return server.asked_over(Over::kTcp) == 1; }));
  EXPECT_FALSE(result.has_value());
  server.send_back(asked[1], address_reply_to(asked[1]));
  ASSERT_TRUE(harness_.run_until([&] { return result.has_value(); }));
  expect_answer(*result, server);
  EXPECT_EQ(pool().counters().moved_to_tcp, 1U);
  EXPECT_EQ(pool().counters().mismatches, kFlood);
}

TEST_F(PoolTest, after_the_move_to_tcp_not_even_a_perfect_guess_is_taken_over_udp) {
  std::optional<UpstreamQuery> over_udp;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    if (query.over == Over::kUdp) {
      over_udp = query;
      const std::string forged = poisoned(address_reply_to(query));
      const auto wrong = static_cast<uint16_t>(query.id() + 1);
      return Messages{with_id(forged, wrong), with_id(forged, wrong), with_id(forged, wrong),
                      forged};
    }
    return answers(query);
  });
  expect_answer(ask(), server);
  EXPECT_EQ(pool().counters().mismatches, 4U);
}

TEST_F(PoolTest, an_answer_on_another_socket_of_ours_is_not_an_answer) {
  std::vector<UpstreamQuery> asked;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    asked.push_back(query);
    if (asked.size() == 2) {  // Both valid, each sent to the other's port; then where they belong.
      upstreams_[0]->send(poisoned(address_reply_to(asked[0])), asked[1].peer);
      upstreams_[0]->send(poisoned(address_reply_to(asked[1])), asked[0].peer);
      upstreams_[0]->send(address_reply_to(asked[0]), asked[0].peer);
      upstreams_[0]->send(address_reply_to(asked[1]), asked[1].peer);
    }
    return Messages{};
  });
  std::vector<Result<Response>> results;
  for (size_t i = 1; i <= 2; ++i) {  // In turns of their own: else they would share a socket.
    pool().ask({.qname = kName}, [&](Result<Response> r) { results.push_back(std::move(r)); });
    ASSERT_TRUE(harness_.run_until([&] { return asked.size() == i; }));
  }
  ASSERT_TRUE(harness_.run_until([&] { return results.size() == 2; }));
  expect_answer(results[0], server);
  expect_answer(results[1], server);
  EXPECT_EQ(pool().counters().mismatches, 2U);
}

// CVE-2020-25684. All ask the same, so that nothing but port and id tells one answer from another;
// over TCP the upstream holds its answers back until all forged ones were seen.
TEST_F(PoolTest, of_64_open_questions_none_takes_an_answer_that_comes_to_another_port) {
  constexpr size_t kOpen = 64;
  std::vector<UpstreamQuery> over_udp;
  std::vector<UpstreamQuery> over_tcp;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    (query.over == Over::kUdp ? over_udp : over_tcp).push_back(query);
    return Messages{};
  });
  size_t answered = 0;
  for (size_t i = 1; i <= kOpen; ++i) {
    pool().ask({.qname = kDigits}, [&](const Result<Response>& response) {
      EXPECT_TRUE(is_true_answer(response));
      ++answered;
    });
    ASSERT_TRUE(harness_.run_until([&] { return over_udp.size() == i; }));
  }
  for (const UpstreamQuery& from : over_udp) {
    for (const UpstreamQuery& to : over_udp) {  // No turn of the loop passes meanwhile.
      if (to.peer != from.peer) {
        server.send(poisoned(address_reply_to(from)), to.peer);
      }
    }
  }
  ASSERT_TRUE(harness_.run_until([&] {
    return pool().counters().mismatches == kOpen * (kOpen - 1) && over_tcp.size() == kOpen;
  }));
  EXPECT_EQ(answered, 0U);
  for (const UpstreamQuery& query : over_tcp) {
    server.send_back(query, address_reply_to(query));
  }
  EXPECT_TRUE(harness_.run_until([&] { return answered == kOpen; }));
}

// CVE-2020-25685. Two for each question: one more, and nothing on its port would be looked at.
TEST_F(PoolTest, a_reply_about_a_name_with_the_same_hash_is_about_another_name) {
  constexpr size_t kCollisions = 200;
  const std::vector<std::string> names = testing::names_colliding_with(kDigits, kCollisions);
  size_t next = 0;
  LoopUpstream& server = upstream(behind([&](const UpstreamQuery& query) {
    Messages forged;
    while (forged.size() < UdpLink::kGuessesMax - 1) {
      const std::string& name = names.at(next++);
      EXPECT_EQ(testing::crc32_register(name), testing::crc32_register(query.qname()));
      forged.push_back(about(name, poisoned(address_reply_to(query))));
    }
    return forged;
  }));
  while (next < kCollisions) {
    EXPECT_TRUE(is_true_answer(ask(kDigits)));
  }
  EXPECT_EQ(server.asked_over(Over::kTcp), 0U);
  EXPECT_EQ(pool().counters().mismatches, kCollisions);
}

TEST_F(PoolTest, an_answer_from_another_port_or_address_never_arrives) {
  LoopUpstream stranger(loop(), silence);
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    stranger.send(poisoned(address_reply_to(query)), query.peer);
    return answers(query);
  });
  expect_answer(ask(), server);
  EXPECT_EQ(pool().counters().mismatches, 0U);
}

TEST_F(PoolTest, a_reply_in_another_case_is_asked_again_over_tcp) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    return Messages{query.over == Over::kUdp ? lower_cased(poisoned(address_reply_to(query)))
                                             : address_reply_to(query)};
  });
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked_over(Over::kTcp), 1U);
  EXPECT_EQ(pool().counters().case_mismatches, 1U);
}

TEST_F(PoolTest, forged_case_over_udp_alone_never_ends_the_random_case) {
  upstream([](const UpstreamQuery& query) {
    return Messages{query.over == Over::kUdp ? lower_cased(address_reply_to(query))
                                             : address_reply_to(query)};
  });
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(ask().ok());
  }
  EXPECT_TRUE(status().case_randomised);
}

TEST_F(PoolTest, an_upstream_that_is_known_to_lose_the_case_is_asked_in_lower_case_from_the_start) {
  LoopUpstream& server = upstream(
      [](const UpstreamQuery& query) { return Messages{lower_cased(address_reply_to(query))}; });
  upstream(answers);
  options_.lower_case = {server.endpoint()};
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked().at(0).qname(), std::string("\3www\7example\0", 13));
  EXPECT_EQ(pool().counters().tcp_messages, 0U);
  EXPECT_FALSE(status(0).case_randomised);
  EXPECT_TRUE(status(1).case_randomised);
}

TEST_F(PoolTest, an_upstream_that_loses_the_case_over_tcp_too_is_soon_asked_in_lower_case) {
  LoopUpstream& server = upstream(
      [](const UpstreamQuery& query) { return Messages{lower_cased(address_reply_to(query))}; });
  for (int i = 0; i < 4; ++i) {
    expect_answer(ask(), server);
  }
  EXPECT_FALSE(status().case_randomised);
  EXPECT_EQ(server.asked_over(Over::kTcp), 3U);
  EXPECT_EQ(server.asked().back().over, Over::kUdp);
  EXPECT_EQ(server.asked().back().qname(), std::string("\3www\7example\0", 13));
}

}  // namespace
}  // namespace etymon::upstream

// Ways and means: TCP for what UDP cannot carry, life without EDNS, upstreams that come and go.
#include <utility>

#include "resolver/upstream/health.h"
#include "resolver/wire/opt.h"
#include "tests/unit/upstream/pool_fixture.h"

namespace etymon::upstream {
namespace {

Messages truncated_over_udp(const UpstreamQuery& query) {
  return query.over == Over::kUdp ? Messages{reply_to(query, kTruncated)} : answers(query);
}

TEST_F(PoolTest, a_truncated_answer_is_fetched_over_tcp) {
  LoopUpstream& server = upstream(truncated_over_udp);
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked_over(Over::kTcp), 1U);
  EXPECT_EQ(pool().counters().truncated, 1U);
}

TEST_F(PoolTest, an_answer_larger_than_we_take_is_fetched_over_tcp) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    const std::string tail(query.over == Over::kUdp ? 1'500 : 0, 'x');
    return Messages{address_reply_to(query) + tail};
  });
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked_over(Over::kTcp), 1U);
}

TEST_F(PoolTest, behind_a_stray_truncated_reply_the_true_answer_is_still_taken_over_udp) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    return Messages{reply_to(query, kTruncated), address_reply_to(query)};
  });
  server.stop_tcp();
  expect_answer(ask(), server);
}

TEST_F(PoolTest, a_truncated_answer_is_never_delivered) {
  LoopUpstream& server = upstream(always(kTruncated));
  server.stop_tcp();
  options_.deadline = Milliseconds(200);
  EXPECT_FALSE(ask().ok());
}

Messages fails_over_tcp(const UpstreamQuery& query) {
  return {reply_to(query, query.over == Over::kUdp ? kTruncated : kServFail)};
}

TEST_F(PoolTest, a_failure_over_tcp_behind_a_truncated_answer_is_the_end) {
  upstream(fails_over_tcp);
  const auto result = ask();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(wire::read_header(as_bytes(result->message)).flags, kServFail);
  EXPECT_EQ(pool().counters().timeouts, 0U);
}

TEST_F(PoolTest, while_others_are_waited_for_who_failed_may_still_answer) {
  LoopUpstream& first = upstream(fails_over_tcp);
  upstream([&](const UpstreamQuery&) {
    first.send(address_reply_to(first.asked().front()), first.asked().front().peer);
    return Messages{};
  });
  options_.explore_one_in = 0;
  expect_answer(ask(), first);
}

TEST_F(PoolTest, questions_share_one_connection_and_take_their_answers_in_any_order) {
  std::vector<UpstreamQuery> over_tcp;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    if (query.over == Over::kUdp) {
      return Messages{reply_to(query, kTruncated)};
    }
    over_tcp.push_back(query);
    return over_tcp.size() < 3
               ? Messages{}
               : Messages{address_reply_to(over_tcp[2]), address_reply_to(over_tcp[0]),
                          address_reply_to(over_tcp[1])};
  });
  std::vector<Result<Response>> results;
  for (int i = 0; i < 3; ++i) {
    pool().ask({.qname = kName}, [&](Result<Response> r) { results.push_back(std::move(r)); });
  }
  ASSERT_TRUE(harness_.run_until([&] { return results.size() == 3; }));
  for (const Result<Response>& result : results) {
    expect_answer(result, server);
  }
  EXPECT_EQ(over_tcp[0].peer, over_tcp[1].peer);
  EXPECT_EQ(over_tcp[0].peer, over_tcp[2].peer);
}

TEST_F(PoolTest, a_connection_that_ended_is_made_again) {
  LoopUpstream& server = upstream(truncated_over_udp);
  expect_answer(ask(), server);
  server.hang_up();
  expect_answer(ask(), server);
  EXPECT_GE(server.asked_over(Over::kTcp), 2U);
}

TEST_F(PoolTest, a_connection_that_ends_under_a_question_moves_it_to_a_new_one) {
  bool hung_up = false;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    if (query.over == Over::kTcp && !hung_up) {
      hung_up = true;
      loop().post([this] { upstreams_[0]->hang_up(); });
      return Messages{};
    }
    return truncated_over_udp(query);
  });
  expect_answer(ask(), server);
}

TEST_F(PoolTest, a_connection_that_never_answered_is_left_to_itself_and_closed) {
  std::vector<UpstreamQuery> unanswered;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    if (query.over == Over::kTcp && unanswered.empty()) {
      unanswered.push_back(query);
      return Messages{};
    }
    return truncated_over_udp(query);
  });
  options_.deadline = Milliseconds(300);
  options_.retries = 1;
  EXPECT_FALSE(ask().ok());
  expect_answer(ask(), server);
  EXPECT_EQ(server.connections(), 2U) << "the first one has not been answered";
  server.send_back(unanswered[0], address_reply_to(unanswered[0]));
  EXPECT_TRUE(harness_.run_until([&] { return server.connections() == 1; }));
}

TEST_F(PoolTest, an_idle_connection_is_closed) {
  LoopUpstream& server = upstream(truncated_over_udp);
  options_.stream.idle = Milliseconds(20);
  expect_answer(ask(), server);
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_TRUE(harness_.run_until([&] { return server.connections() == 0; }));
}

TEST_F(PoolTest, an_upstream_without_edns_is_asked_again_without) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    return query.edns() ? Messages{reply_to(query, kFormErr)} : answers(query);
  });
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked().size(), 2U);
  EXPECT_EQ(pool().counters().edns_refused, 1U);
}

// RFC 6891 section 9: NOERROR in the header, 1 in the upper bits that the OPT record carries.
Messages bad_version_to(const UpstreamQuery& query) {
  std::string reply = reply_to(query, testing::kReplyFlags);
  wire::write_header(reinterpret_cast<uint8_t*>(reply.data()),
                     {.id = query.id(), .flags = testing::kReplyFlags, .qdcount = 1, .arcount = 1});
  uint8_t opt[wire::kOptSize];
  wire::write_opt(opt, {.rcode = Rcode::kBadVers});
  reply.append(reinterpret_cast<const char*>(opt), sizeof opt);
  return {reply};
}

TEST_F(PoolTest, an_upstream_that_wants_another_edns_version_is_asked_again_without) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    return query.edns() ? bad_version_to(query) : answers(query);
  });
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked().size(), 2U);
  EXPECT_EQ(pool().counters().edns_refused, 1U);
}

TEST_F(PoolTest, an_upstream_that_often_refuses_edns_is_no_longer_asked_with_it) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    return query.edns() ? Messages{reply_to(query, kFormErr)} : answers(query);
  });
  for (int i = 0; i < 4; ++i) {
    expect_answer(ask(), server);
  }
  EXPECT_FALSE(status().edns);
  EXPECT_EQ(server.asked().size(), 2U * 3U + 1U);
}

TEST_F(PoolTest, a_format_error_without_edns_is_an_answer) {
  LoopUpstream& server = upstream(always(kFormErr));
  ASSERT_TRUE(ask().ok());
  EXPECT_EQ(server.asked().size(), 2U);
  EXPECT_TRUE(status().edns);
}

// These steer time by hand: only the back-off is waited for, and nothing that the loop measures.
class PoolOverTime : public PoolTest {
 protected:
  PoolOverTime() : harness(&clock) {}

  Result<Response> ask_in(Pool& pool) {
    std::optional<Result<Response>> result;
    pool.ask({.qname = kName}, [&](Result<Response> r) { result = std::move(r); });
    EXPECT_TRUE(harness.run_until([&] { return result.has_value(); }));
    return *std::move(result);
  }

  testing::ManualClock clock;
  testing::LoopHarness harness;
};

TEST_F(PoolOverTime, an_upstream_that_fails_is_left_alone_and_comes_back_when_it_answers) {
  LoopUpstream first(harness.loop(), always(kServFail));
  LoopUpstream second(harness.loop(), answers);
  Pool pool(harness.loop(), {.servers = {first.endpoint(), second.endpoint()}}, random_);
  for (int i = 0; i < 200 && pool.status()[0].up; ++i) {
    expect_answer(ask_in(pool), second);
  }
  ASSERT_FALSE(pool.status()[0].up);
  const size_t asked_until_down = first.asked().size();
  for (int i = 0; i < 50; ++i) {
    expect_answer(ask_in(pool), second);
  }
  EXPECT_EQ(first.asked().size(), asked_until_down);

  first.set_script(answers);
  clock.advance(Health::kBackOffMin);
  expect_answer(ask_in(pool), first);  // The probe.
  EXPECT_TRUE(pool.status()[0].up);
}

TEST_F(PoolOverTime, an_upstream_that_is_down_is_tried_as_often_as_is_set) {
  LoopUpstream first(harness.loop(), always(kServFail));
  LoopUpstream second(harness.loop(), answers);
  Pool pool(harness.loop(),
            {.servers = {first.endpoint(), second.endpoint()}, .back_off_max = Seconds(1)},
            random_);
  for (int i = 0; i < 200 && pool.status()[0].up; ++i) {
    expect_answer(ask_in(pool), second);
  }
  ASSERT_FALSE(pool.status()[0].up);
  expect_answer(ask_in(pool), second);  // in a turn of its own, behind which time moves
  const size_t asked_until_down = first.asked().size();
  for (size_t i = 1; i <= 5; ++i) {
    clock.advance(Seconds(1));
    expect_answer(ask_in(pool), second);
    EXPECT_EQ(first.asked().size(), asked_until_down + i);
  }
}

TEST_F(PoolOverTime, when_all_are_down_all_are_asked) {
  LoopUpstream first(harness.loop(), silence);
  LoopUpstream second(harness.loop(), silence);
  Pool pool(harness.loop(), {.servers = {first.endpoint(), second.endpoint()}}, random_);
  for (LoopUpstream* gone : {&first, &second}) {
    gone->stop_udp();
    gone->stop_tcp();
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(ask_in(pool).ok());
  }
  ASSERT_FALSE(pool.status()[0].up || pool.status()[1].up);
  EXPECT_EQ(pool.status()[0].messages, 5U * 2U) << "over UDP and over TCP";
  EXPECT_EQ(pool.status()[1].messages, 5U * 2U);
}

TEST_F(PoolTest, the_fastest_upstream_is_asked_and_the_others_now_and_then) {
  std::vector<UpstreamQuery> waiting;
  LoopUpstream& slow = upstream([&](const UpstreamQuery& query) {
    waiting.push_back(query);
    return Messages{};
  });
  LoopUpstream& fast = upstream(answers);
  net::Timer delay(loop(), [&] {
    for (const UpstreamQuery& query : std::exchange(waiting, {})) {
      slow.send(address_reply_to(query), query.peer);
    }
  });
  delay.repeat(Milliseconds(10));
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(ask().ok());
  }
  EXPECT_GT(fast.asked().size(), 450U);
  EXPECT_GT(slow.asked().size(), 1U);
}

}  // namespace
}  // namespace etymon::upstream

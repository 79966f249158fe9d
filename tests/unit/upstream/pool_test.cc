// Asking: what a question looks like on the wire, and how it gets from one upstream to the next.
#include "resolver/upstream/pool.h"

#include <algorithm>
#include <set>

#include "resolver/upstream/health.h"
#include "resolver/wire/message.h"
#include "tests/support/no_descriptors.h"
#include "tests/unit/upstream/pool_fixture.h"

namespace etymon::upstream {
namespace {

TEST_F(PoolTest, the_answer_is_spelled_as_it_was_asked_of_us) {
  LoopUpstream& server = upstream(answers);
  expect_answer(ask(), server);
  EXPECT_EQ(pool().counters().answers, 1U);
  EXPECT_EQ(pool().counters().in_flight, 0U);
}

TEST_F(PoolTest, each_question_has_its_own_port_id_and_spelling) {
  LoopUpstream& server = upstream(answers);
  std::set<uint16_t> ports;
  std::set<uint16_t> ids;
  std::set<std::string> spellings;
  for (int i = 0; i < 200; ++i) {
    expect_answer(ask(), server);
    ports.insert(server.asked().back().peer.port);
    ids.insert(server.asked().back().id());
    spellings.insert(server.asked().back().qname());
  }
  EXPECT_GT(ports.size(), 190U);
  EXPECT_GT(ids.size(), 190U);
  EXPECT_GT(spellings.size(), 150U);  // Ten letters: 1024 spellings.
}

TEST_F(PoolTest, a_question_is_recursive_and_says_that_1232_octets_are_taken) {
  LoopUpstream& server = upstream(answers);
  std::optional<Result<Response>> result;
  pool().ask(
      {.qname = kName, .qtype = RecordType::kAaaa, .dnssec_ok = true, .checking_disabled = true},
      [&](Result<Response> r) { result = std::move(r); });
  ASSERT_TRUE(harness_.run_until([&] { return result.has_value(); }));
  wire::QueryView view;
  ASSERT_EQ(wire::read_query(as_bytes(server.asked().at(0).message), view), wire::Triage::kAnswer);
  EXPECT_TRUE(view.recursion_desired());
  EXPECT_TRUE(view.checking_disabled());
  EXPECT_TRUE(view.dnssec_ok());
  EXPECT_EQ(view.qtype, RecordType::kAaaa);
  EXPECT_EQ(view.edns->udp_size, 1232);
}

TEST_F(PoolTest, without_upstreams_a_question_fails_later_and_not_at_once) {
  const auto result = ask();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
}

TEST_F(PoolTest, a_lost_question_is_asked_again_with_another_port_and_id) {
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    return upstreams_[0]->asked().size() < 2 ? Messages{} : answers(query);
  });
  expect_answer(ask(), server);
  ASSERT_EQ(server.asked().size(), 2U);
  EXPECT_NE(server.asked()[0].peer.port, server.asked()[1].peer.port);
  EXPECT_NE(server.asked()[0].id(), server.asked()[1].id());
  EXPECT_EQ(pool().counters().timeouts, 1U);
  EXPECT_EQ(status().timeouts, 1U);
}

TEST_F(PoolTest, no_question_is_asked_again_before_the_time_that_is_set) {
  options_.patience_min = Milliseconds(600);
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    return upstreams_[0]->asked().size() < 2 ? Messages{} : answers(query);
  });
  const auto started = SystemClock().monotonic();
  expect_answer(ask(), server);
  EXPECT_GE(SystemClock().monotonic() - started, Milliseconds(599));
}

TEST_F(PoolTest, an_answer_that_comes_after_the_second_question_is_still_taken) {
  std::vector<UpstreamQuery> asked;
  LoopUpstream& server = upstream([&](const UpstreamQuery& query) {
    asked.push_back(query);
    if (asked.size() == 2) {
      upstreams_[0]->send(address_reply_to(asked[0]), asked[0].peer);
    }
    return Messages{};
  });
  expect_answer(ask(), server);
}

TEST_F(PoolTest, a_silent_upstream_is_followed_by_the_next) {
  upstream(silence);
  LoopUpstream& second = upstream(answers);
  expect_answer(ask(), second);
}

TEST_F(PoolTest, an_unreachable_upstream_is_followed_by_the_next_at_once) {
  {
    const LoopUpstream gone(loop(), silence);
    options_.servers.push_back(gone.endpoint());
  }
  LoopUpstream& second = upstream(answers);
  const auto started = SystemClock().monotonic();
  expect_answer(ask(), second);
  EXPECT_LT(SystemClock().monotonic() - started, RoundTrip::kInitialPatience);
  EXPECT_EQ(pool().counters().unreachable, 1U);
}

TEST_F(PoolTest, an_upstream_that_nobody_reaches_is_down_once_another_one_has_answered_instead) {
  {
    const LoopUpstream gone(loop(), silence);
    options_.servers.push_back(gone.endpoint());
  }
  LoopUpstream& second = upstream(answers);
  unsigned asked = 0;  // the dice send a question to the second one first, now and then
  for (; status(0).up && asked < 10 * Health::kFailuresMax; ++asked) {
    expect_answer(ask(), second);
  }
  EXPECT_GE(asked, Health::kFailuresMax);
  EXPECT_FALSE(status(0).up);
  EXPECT_TRUE(status(1).up);
}

// One that has answered before, in no time, and is asked again after ten milliseconds.
class SilentPoolTest : public PoolTest {
 protected:
  // What it has said so far.
  Messages falls_silent(const UpstreamQuery& query) {
    return upstreams_[0]->asked().size() < 2 ? answers(query) : Messages{};
  }
  void SetUp() override {
    options_.patience_min = Milliseconds(10);
    upstream([this](const UpstreamQuery& query) { return falls_silent(query); });
    expect_answer(ask(), *upstreams_[0]);
  }

  // Asks about a new name so many times at once, and waits until each was repeated.
  void ask_in_vain(size_t questions) {
    std::string name = kName;
    name[1] = letter_++;
    for (size_t i = 0; i < questions; ++i) {
      pool().ask({.qname = name}, [](const Result<Response>&) {});
    }
    const auto messages = [&] {
      return std::ranges::count_if(upstreams_[0]->asked(), [&](const UpstreamQuery& query) {
        return wire::same_name(as_bytes(query.qname()), as_bytes(name));
      });
    };
    ASSERT_TRUE(
        harness_.run_until([&] { return static_cast<size_t>(messages()) >= 2 * questions; }));
  }

 private:
  char letter_ = 'a';
};

TEST_F(SilentPoolTest, slow_names_that_are_asked_at_once_do_not_make_a_lone_upstream_down) {
  ask_in_vain(3 * Health::kFailuresMax);
  EXPECT_TRUE(status().up);
}

TEST_F(SilentPoolTest, a_lone_upstream_that_is_silent_to_one_question_after_the_other_is_down) {
  for (unsigned i = 0; i < Health::kFailuresMax; ++i) {
    EXPECT_TRUE(status().up);
    ask_in_vain(1);
  }
  EXPECT_FALSE(status().up);
}

TEST_F(PoolTest, when_none_can_be_reached_the_question_fails_at_once) {
  for (int i = 0; i < 2; ++i) {
    const LoopUpstream gone(loop(), silence);
    options_.servers.push_back(gone.endpoint());
  }
  const auto result = ask();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(pool().counters().unanswered, 1U);
}

TEST_F(PoolTest, that_we_have_no_descriptor_left_is_not_held_against_an_upstream) {
  LoopUpstream& server = upstream(answers);
  expect_answer(ask(), server);
  {
    const testing::NoDescriptors none;
    for (unsigned i = 0; i < Health::kFailuresMax; ++i) {
      const auto result = ask();
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(result.error().code, ErrorCode::kResourceExhausted);
    }
  }
  EXPECT_TRUE(status().up);
  EXPECT_EQ(pool().counters().exhausted, Health::kFailuresMax);
  EXPECT_EQ(pool().counters().unreachable, 0U);
  expect_answer(ask(), server);
}

TEST_F(PoolTest, when_none_answers_the_deadline_ends_the_question) {
  upstream(silence);
  options_.deadline = Milliseconds(100);
  const auto result = ask();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(PoolTest, a_failure_response_leads_to_the_next_upstream) {
  for (const uint16_t flags : {kServFail, kRefused}) {
    upstreams_.clear();
    options_.servers.clear();
    pool_.reset();
    upstream(always(flags));
    LoopUpstream& second = upstream(answers);
    expect_answer(ask(), second);
    EXPECT_EQ(status(0).failures, 1U);
  }
}

TEST_F(PoolTest, a_failure_that_all_agree_on_is_the_answer) {
  upstream(always(kRefused));
  LoopUpstream& second = upstream(always(kServFail));
  const auto result = ask();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->server, second.endpoint());
  EXPECT_EQ(wire::read_header(as_bytes(result->message)).flags, kServFail);
  EXPECT_EQ(pool().counters().failures, 1U);
}

TEST_F(PoolTest, a_failure_is_the_answer_when_the_others_stay_silent) {
  upstream(always(kServFail));
  upstream(silence);
  options_.deadline = Milliseconds(100);
  const auto result = ask();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(wire::read_header(as_bytes(result->message)).flags, kServFail);
}

TEST_F(PoolTest, who_says_that_it_fails_is_not_waited_for_though_a_message_to_it_was_lost) {
  upstream([&](const UpstreamQuery& query) {
    return upstreams_[0]->asked().size() < 2 ? Messages{} : Messages{reply_to(query, kServFail)};
  });
  const auto result = ask();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(wire::read_header(as_bytes(result->message)).flags, kServFail);
  EXPECT_EQ(pool().counters().timeouts, 1U) << "the lost one alone was waited for";
}

TEST_F(PoolTest, a_question_never_costs_more_messages_than_one_and_the_retries_of_each) {
  for (int i = 0; i < 2; ++i) {  // Each kind of answer that leads to another message.
    upstream([](const UpstreamQuery& query) {
      return query.edns() ? Messages{reply_to(query, kFormErr)}
                          : Messages{reply_to(query, kTruncated)};
    }).stop_tcp();
  }
  options_.retries = 1;
  options_.deadline = Milliseconds(300);
  EXPECT_FALSE(ask().ok());
  EXPECT_LE(pool().counters().udp_messages + pool().counters().tcp_messages, 1U + 1U * 2U);
}

TEST_F(PoolTest, at_the_limit_of_questions_in_flight_more_are_rejected) {
  upstream(silence);
  options_.in_flight_max = 2;
  std::vector<ErrorCode> codes;
  const auto note = [&](Result<Response> r) { codes.push_back(r.error().code); };
  for (int i = 0; i < 3; ++i) {
    pool().ask({.qname = kName}, note);
  }
  EXPECT_TRUE(codes.empty());
  ASSERT_TRUE(harness_.run_until([&] { return !codes.empty(); }));
  EXPECT_EQ(codes, std::vector<ErrorCode>{ErrorCode::kResourceExhausted});
  EXPECT_EQ(pool().counters().rejected, 1U);
  EXPECT_EQ(pool().counters().in_flight, 2U);
}

TEST_F(PoolTest, without_upstreams_a_question_is_unanswered_and_over_no_limit) {
  EXPECT_FALSE(ask().ok());
  EXPECT_EQ(pool().counters().unanswered, 1U);
  EXPECT_EQ(pool().counters().rejected, 0U);
  EXPECT_TRUE(pool().status().empty());
}

TEST_F(PoolTest, an_answered_question_may_ask_the_next_from_inside) {
  LoopUpstream& server = upstream(answers);
  std::optional<Result<Response>> second;
  pool().ask({.qname = kName}, [&](const Result<Response>&) {
    pool().ask({.qname = kName}, [&](Result<Response> r) { second = std::move(r); });
  });
  ASSERT_TRUE(harness_.run_until([&] { return second.has_value(); }));
  expect_answer(*second, server);
}

TEST_F(PoolTest, a_pool_may_go_away_with_questions_in_flight) {
  upstream(silence);
  bool told = false;
  pool().ask({.qname = kName}, [&](const Result<Response>&) { told = true; });
  pool_.reset();
  harness_.run_for(Milliseconds(20));
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace etymon::upstream

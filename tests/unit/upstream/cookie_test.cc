// DNS cookies (RFC 7873), seen from an upstream.
#include "resolver/wire/cookie.h"

#include <gmock/gmock.h>

#include "tests/support/dns_messages.h"
#include "tests/unit/upstream/pool_fixture.h"

namespace etymon::upstream {
namespace {

using ::testing::SizeIs;

constexpr uint16_t kBadCookie = testing::kReplyFlags | 7;  // 23: the lower four bits
const std::string kTheirs = "theirs!!";
const std::string kNewer = "newer!!!newer!!!";

std::string cookie_of(const UpstreamQuery& query) {
  const auto cookie = wire::cookie_in(as_bytes(query.message));
  return cookie ? std::string(as_text(*cookie)) : std::string();
}

std::string ours(const UpstreamQuery& query) {
  return cookie_of(query).substr(0, wire::kClientCookieSize);
}

// expect_answer() wants the address at the end.
std::string answer_with(const UpstreamQuery& query, const std::string& cookie) {
  return testing::with_cookie(address_reply_to(query), cookie);
}

Messages gives(const UpstreamQuery& query) {
  return {answer_with(query, ours(query) + kTheirs)};
}

class CookieTest : public PoolTest {};

TEST_F(CookieTest, ours_is_sent_and_theirs_is_sent_back) {
  LoopUpstream& server = upstream(gives);
  ASSERT_TRUE(ask().ok());
  ASSERT_TRUE(ask().ok());
  ASSERT_THAT(server.asked(), SizeIs(2));
  EXPECT_THAT(cookie_of(server.asked()[0]), SizeIs(wire::kClientCookieSize));
  EXPECT_EQ(cookie_of(server.asked()[1]), ours(server.asked()[0]) + kTheirs);
}

TEST_F(CookieTest, each_upstream_has_one_of_its_own) {
  LoopUpstream& failing = upstream(always(kServFail));
  LoopUpstream& server = upstream(gives);
  ASSERT_TRUE(ask().ok());
  EXPECT_NE(cookie_of(failing.asked().at(0)), cookie_of(server.asked().at(0)));
}

TEST_F(CookieTest, an_upstream_without_cookies_works_as_ever) {
  LoopUpstream& server = upstream(answers);
  expect_answer(ask(), server);
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked_over(Over::kTcp), 0U);
  EXPECT_THAT(cookie_of(server.asked()[1]), SizeIs(wire::kClientCookieSize));
}

TEST_F(CookieTest, none_is_sent_when_switched_off) {
  options_.cookies = false;
  LoopUpstream& server = upstream(answers);
  expect_answer(ask(), server);
  EXPECT_EQ(cookie_of(server.asked()[0]), "");
}

TEST_F(CookieTest, an_answer_with_another_cookie_than_ours_is_none) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    return Messages{answer_with(query, "forged!!" + kTheirs), answer_with(query, "short"),
                    answer_with(query, ours(query) + kTheirs)};
  });
  ASSERT_TRUE(ask().ok());
  EXPECT_EQ(server.asked_over(Over::kTcp), 0U);
  EXPECT_EQ(pool().counters().mismatches, 2U);
  EXPECT_EQ(pool().status().at(0).wrong_cookies, 2U);
  EXPECT_EQ(pool().status().at(0).missing_cookies, 0U);
  ASSERT_TRUE(ask().ok());
  EXPECT_EQ(cookie_of(server.asked().at(1)), ours(server.asked()[0]) + kTheirs);
}

TEST_F(CookieTest, an_answer_without_one_from_who_gave_one_is_asked_for_over_tcp) {
  LoopUpstream& server = upstream(gives);
  ASSERT_TRUE(ask().ok());
  server.set_script([](const UpstreamQuery& query) {
    return query.over == Over::kUdp ? answers(query) : gives(query);
  });
  ASSERT_TRUE(ask().ok());
  EXPECT_EQ(server.asked_over(Over::kTcp), 1U);
  EXPECT_EQ(pool().status().at(0).missing_cookies, 1U);
}

TEST_F(CookieTest, an_upstream_may_give_cookies_up) {
  LoopUpstream& server = upstream(gives);
  ASSERT_TRUE(ask().ok());
  server.set_script(answers);
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked_over(Over::kTcp), 1U);
  expect_answer(ask(), server);
  EXPECT_EQ(server.asked_over(Over::kTcp), 1U) << "it is known by now";
}

TEST_F(CookieTest, bad_cookie_is_answered_with_the_one_that_it_brings) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    return cookie_of(query) == ours(query) + kNewer
               ? gives(query)
               : Messages{
                     testing::with_cookie(reply_to(query, kBadCookie), ours(query) + kNewer, 1)};
  });
  ASSERT_TRUE(ask().ok());
  EXPECT_EQ(server.asked_over(Over::kUdp), 2U);
  EXPECT_EQ(server.asked_over(Over::kTcp), 0U);
  EXPECT_EQ(pool().counters().bad_cookies, 1U);
}

TEST_F(CookieTest, bad_cookie_again_is_asked_over_tcp) {
  LoopUpstream& server = upstream([](const UpstreamQuery& query) {
    return query.over == Over::kTcp ? gives(query)
                                    : Messages{testing::with_cookie(reply_to(query, kBadCookie),
                                                                    ours(query) + kNewer, 1)};
  });
  ASSERT_TRUE(ask().ok());
  EXPECT_EQ(server.asked_over(Over::kUdp), 2U);
  EXPECT_EQ(server.asked_over(Over::kTcp), 1U);
}

}  // namespace
}  // namespace etymon::upstream

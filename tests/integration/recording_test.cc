// What the network asked is what the command tells.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resolver/base/time_text.h"
#include "tests/integration/etymond.h"
#include "tests/integration/knot.h"

namespace etymon::testing {
namespace {

using ::testing::ElementsAre;

constexpr const char* kStranger = "203.0.113.200";  // in no answer of the zone

class Recording : public ::testing::Test {
 protected:
  static std::vector<std::string> names_in(const Json& answer) {
    std::vector<std::string> names;
    for (const Json& candidate : answer.at("candidates")) {
      names.push_back(candidate.at("name"));
    }
    return names;
  }

  const SystemClock clock_;
  const WallTime before_start_ = clock_.wall() - Seconds(3600);
  const Knot knot_;
  const Etymond etymond_{{knot_.address()}};
};

TEST_F(Recording, an_answer_over_udp_is_found_at_once_with_its_chain) {
  const DnsReply reply = etymond_.host().ask("www.example.test");
  ASSERT_EQ(reply.status, "NOERROR");
  ASSERT_EQ(reply.answers.size(), 4U);

  const Json answer = etymond_.lookup("192.0.2.10", "127.0.0.1");
  EXPECT_EQ(answer.at("verdict"), "VERDICT_LIVE");
  EXPECT_FALSE(answer.value("ambiguous", false));
  ASSERT_EQ(answer.at("candidates").size(), 1U);
  const Json& candidate = answer.at("candidates").at(0);
  EXPECT_EQ(candidate.at("name"), "www.example.test");
  EXPECT_THAT(candidate.at("chain"), ElementsAre("www.example.test", "cdn.example.test",
                                                 "edge.example.test", "node.example.test"));
  EXPECT_EQ(candidate.at("client"), "127.0.0.1");
  EXPECT_EQ(candidate.at("origin"), "ORIGIN_UPSTREAM");
  EXPECT_EQ(candidate.at("upstream"), knot_.address());
  EXPECT_EQ(candidate.at("transport"), "TRANSPORT_UDP");
  EXPECT_EQ(candidate.at("via"), "VIA_A");
  EXPECT_EQ(validity_of(candidate), kLongTtl);
}

TEST_F(Recording, an_answer_over_tcp_to_another_host_is_found_for_that_host) {
  const DnsClient host = etymond_.host("127.0.0.7", Tool::kKdig);
  ASSERT_EQ(host.ask("node.example.test", "AAAA", Over::kTcp).status, "NOERROR");

  const Json answer = etymond_.lookup("2001:db8::10", "127.0.0.7");
  EXPECT_EQ(answer.at("verdict"), "VERDICT_LIVE");
  const Json& candidate = answer.at("candidates").at(0);
  EXPECT_THAT(candidate.at("chain"), ElementsAre("node.example.test"));
  EXPECT_EQ(candidate.at("client"), "127.0.0.7");
  EXPECT_EQ(candidate.at("transport"), "TRANSPORT_TCP");
  EXPECT_EQ(candidate.at("via"), "VIA_AAAA");
}

TEST_F(Recording, both_names_of_a_shared_address_are_told_and_flagged) {
  etymond_.host().ask("shop.example.test");
  etymond_.host().ask("blog.example.test");

  const Json answer = etymond_.lookup("192.0.2.20", "127.0.0.1");
  EXPECT_EQ(answer.at("verdict"), "VERDICT_LIVE");
  EXPECT_TRUE(answer.at("ambiguous"));
  EXPECT_THAT(names_in(answer), ElementsAre("blog.example.test", "shop.example.test"));
}

TEST_F(Recording, a_wildcard_answer_goes_by_the_name_that_was_asked) {
  etymond_.host("127.0.0.8", Tool::kKdig).ask("printer.wild.example.test");
  EXPECT_THAT(names_in(etymond_.lookup("192.0.2.40", "127.0.0.8")),
              ElementsAre("printer.wild.example.test"));
}

TEST_F(Recording, a_cached_answer_is_valid_for_what_is_left_of_it) {
  etymond_.host("127.0.0.2").ask("node.example.test");
  DnsReply cached;
  ASSERT_TRUE(eventually([&] {
    cached = etymond_.host("127.0.0.3").ask("node.example.test");
    return cached.ttl() < kLongTtl.count();
  }));

  const Json candidate = etymond_.lookup("192.0.2.10", "127.0.0.3").at("candidates").at(0);
  EXPECT_EQ(candidate.at("origin"), "ORIGIN_CACHE");
  EXPECT_EQ(candidate.at("upstream"), knot_.address());
  EXPECT_EQ(validity_of(candidate), Seconds(cached.ttl()));
}

TEST_F(Recording, a_name_expires_with_the_ttl_it_was_served_with) {
  ASSERT_EQ(etymond_.host().ask("brief.example.test").ttl(), kBriefTtl.count());
  const Json live = etymond_.lookup("192.0.2.30", "127.0.0.1");
  ASSERT_EQ(live.at("verdict"), "VERDICT_LIVE");
  EXPECT_EQ(validity_of(live.at("candidates").at(0)), kBriefTtl);
  const WallTime answered = time_in(live.at("candidates").at(0).at("answered_at"));

  EXPECT_TRUE(eventually([&] {
    return etymond_.lookup("192.0.2.30", "127.0.0.1").at("verdict") == "VERDICT_EXPIRED";
  }));
  EXPECT_GE(clock_.wall(), answered + kBriefTtl);
  const Json then = etymond_.lookup("192.0.2.30", "127.0.0.1", answered + Seconds(1));
  EXPECT_EQ(then.at("verdict"), "VERDICT_LIVE");
}

TEST_F(Recording, an_answer_to_another_host_is_told_as_such) {
  etymond_.host("127.0.0.5").ask("shop.example.test");

  const Json answer = etymond_.lookup("192.0.2.20", "127.0.0.9");
  EXPECT_EQ(answer.at("verdict"), "VERDICT_OTHER_CLIENT");
  EXPECT_EQ(answer.at("candidates").at(0).at("client"), "127.0.0.5");
  EXPECT_EQ(answer.at("candidates").at(0).at("name"), "shop.example.test");
}

TEST_F(Recording, an_address_of_no_answer_was_never_delivered) {
  const Json answer = etymond_.lookup(kStranger, "127.0.0.1");
  EXPECT_EQ(answer.at("verdict"), "VERDICT_NEVER");
  EXPECT_TRUE(answer.at("coverage").at("covered"));
}

TEST_F(Recording, before_the_first_start_nothing_is_known) {
  const Json answer = etymond_.lookup(kStranger, "127.0.0.1", before_start_);
  EXPECT_EQ(answer.at("verdict"), "VERDICT_UNKNOWN");
  EXPECT_FALSE(answer.at("coverage").value("covered", false));
}

TEST_F(Recording, a_stream_of_questions_is_answered_in_its_order) {
  etymond_.host().ask("shop.example.test");
  etymond_.host().ask("node.example.test");
  const std::string questions = R"({"client": "127.0.0.1", "address": "192.0.2.10"})"
                                "\n"
                                R"({"client": "127.0.0.1", "address": "203.0.113.200"})"
                                "\n"
                                R"({"client": "127.0.0.1", "address": "192.0.2.20"})"
                                "\n";

  const Finished asked = etymond_.command({"lookup", "--file", "-", "--json"}, questions);
  ASSERT_EQ(asked.status, 0) << asked.err;
  std::istringstream lines(asked.out);
  std::vector<std::string> verdicts;
  for (std::string line; std::getline(lines, line);) {
    verdicts.push_back(Json::parse(line).at("verdict"));
  }
  EXPECT_THAT(verdicts, ElementsAre("VERDICT_LIVE", "VERDICT_NEVER", "VERDICT_LIVE"));
}

TEST_F(Recording, the_exit_status_tells_the_outcome_when_asked_to) {
  const auto outcome = [&](const std::string& address) {
    return etymond_.command({"lookup", address, "--client", "127.0.0.1", "--exit-status"}).status;
  };
  for (const char* name : {"node.example.test", "shop.example.test", "blog.example.test"}) {
    etymond_.host().ask(name);
  }
  EXPECT_EQ(outcome("192.0.2.10"), 0);
  EXPECT_EQ(outcome(kStranger), 1);
  EXPECT_EQ(outcome("192.0.2.20"), 3);
}

TEST_F(Recording, every_answer_is_counted_and_none_is_lost) {
  for (const char* name : {"www.example.test", "www.example.test", "shop.example.test"}) {
    etymond_.host().ask(name);
  }
  const Json deliveries = etymond_.status().at("deliveries");
  EXPECT_EQ(count_in(deliveries, "answered"), 3U);
  EXPECT_EQ(count_in(deliveries, "recorded"), 3U);
  EXPECT_EQ(count_in(deliveries, "lost"), 0U);
}

}  // namespace
}  // namespace etymon::testing

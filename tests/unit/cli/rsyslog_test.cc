// The protocol of rsyslog's mmexternal: a line in, a line out.
#include "api/cli/rsyslog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/cli/moments.h"
#include "resolver/base/time_text.h"
#include "tests/support/fakes.h"
#include "tests/unit/cli/echo_stream.h"

namespace etymon::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPacket = "IN= OUT=eth0 SRC=192.168.1.7 DST=203.0.113.83 LEN=60 PROTO=UDP";

struct Served {
  std::string replies;
  std::vector<v1::LookupRequest> asked;
};

Served served(std::string_view messages, const std::optional<Error>& failure = {},
              const logs::Settings& settings = {.timezone = "UTC"}) {
  testing::ManualClock clock(parse_time("2026-11-25T12:00:00Z", WallTime())->start);
  const auto recognizer = *logs::Recognizer::create(settings, clock);
  Pipe pipe;
  pipe.write(messages);
  pipe.end();
  LineReader lines(pipe.reading(), 4096);
  Served all;
  const auto lookup = [&](const v1::LookupRequest& question) -> Result<v1::LookupResponse> {
    all.asked.push_back(question);
    if (failure) {
      return *failure;
    }
    v1::LookupResponse answer;
    answer.set_verdict(v1::VERDICT_LIVE);
    answer.add_candidates()->set_name("www.example");
    return answer;
  };
  const auto write = [&](std::string_view reply) {
    all.replies += reply;
    return Status();
  };
  EXPECT_TRUE(serve_rsyslog({lines, *recognizer, lookup, write}).ok());
  return all;
}

TEST(Rsyslog, a_message_gets_its_variables) {
  const Served all = served("<4>Nov 23 14:21:46 gw kernel: " + std::string(kPacket) + "\n");
  EXPECT_THAT(all.replies, HasSubstr(R"({"$!":{"etymon":{"name":"www.example","verdict":"LIVE",)"));
  EXPECT_TRUE(all.replies.ends_with("}}}\n"));
  ASSERT_EQ(all.asked.size(), 1U);
  EXPECT_EQ(all.asked[0].client(), "192.168.1.7");
  EXPECT_EQ(from_proto(all.asked[0].at()), parse_time("2026-11-23T14:21:46Z", {})->start);
}

TEST(Rsyslog, every_message_gets_one_line_whatever_it_is) {
  EXPECT_EQ(
      served("nonsense\n\n" + std::string(10'000, 'x') + "\n{\"msg\":1,\"rawmsg\":\"\"}\n").replies,
      "{}\n{}\n{}\n{}\n");
}

TEST(Rsyslog, columns_by_name_are_a_mistake_that_each_message_tells) {
  const Served all = served("1,2\n10.0.0.7,192.0.2.1\n", {}, {.columns = "source=A,destination=B"});
  EXPECT_TRUE(all.asked.empty());
  EXPECT_EQ(std::ranges::count(all.replies, '\n'), 2);
  EXPECT_THAT(all.replies, HasSubstr(R"({"$!":{"etymon":{"error":"COLUMN_MISSING")"));
  EXPECT_THAT(all.replies, HasSubstr(R"(no column \"A\")"));
}

TEST(Rsyslog, a_message_with_an_open_quote_hides_none_of_those_behind_it) {
  const logs::Settings columns{.columns = "client=1,address=2"};
  const Served msg =
      served("10.0.0.7,192.0.2.1,\"lost its end\n10.0.0.7,192.0.2.2,x\n", {}, columns);
  ASSERT_EQ(msg.asked.size(), 1U);
  EXPECT_EQ(msg.asked[0].address(), "192.0.2.2");

  const Served both =
      served(R"({"msg":"10.0.0.7,192.0.2.2,x","rawmsg":"x,\"10.0.0.7,192.0.2.2,x"})"
             "\n"
             R"({"msg":"10.0.0.7,192.0.2.3,x","rawmsg":"<4>x 10.0.0.7,192.0.2.3,x"})"
             "\n",
             {}, columns);
  ASSERT_EQ(both.asked.size(), 2U);
  EXPECT_EQ(both.asked[1].address(), "192.0.2.3");
}

TEST(Rsyslog, msg_has_a_blank_before_it_and_no_time) {
  const Served all = served(" " + std::string(kPacket) + "\n");
  ASSERT_EQ(all.asked.size(), 1U);
  EXPECT_FALSE(all.asked[0].has_at());
}

TEST(Rsyslog, fulljson_has_the_time_that_the_header_had) {
  const Served all = served(R"({"msg":" [\"a\"] )" + std::string(kPacket) +
                            R"(","rawmsg":"x","timereported":"2026-11-23T15:21:46.5+01:00"})"
                            "\n");
  ASSERT_EQ(all.asked.size(), 1U);
  EXPECT_EQ(from_proto(all.asked[0].at()), parse_time("2026-11-23T14:21:46.5Z", {})->start);
}

TEST(Rsyslog, fulljson_has_the_zone_that_the_header_did_not_write) {
  const Served all =
      served(R"({"msg":" )" + std::string(kPacket) +
             R"(","rawmsg":"<4>Nov 23 23:21:46 tokyo kernel: )" + std::string(kPacket) +
             R"(","timereported":"2026-11-23T23:21:46+09:00"})"
             "\n");
  ASSERT_EQ(all.asked.size(), 1U);
  EXPECT_EQ(from_proto(all.asked[0].at()), parse_time("2026-11-23T14:21:46Z", {})->start);
}

TEST(Rsyslog, fulljson_has_no_other_zone_than_the_header_writes) {
  const std::string text =
      "%ASA-6-302013: Built outbound TCP connection 7 for outside:203.0.113.83/443 "
      "(203.0.113.83/443) to inside:192.168.1.7/51514 (198.51.100.2/12834)";
  const auto asked_at = [](const std::string& header, const std::string& message) {
    const Served all = served(R"({"msg":")" + message + R"(","rawmsg":")" + header + message +
                              R"(","timereported":"2026-11-23T21:12:00+09:00"})" + "\n");
    return all.asked.size() == 1 ? format_time(from_proto(all.asked[0].at())) : all.replies;
  };
  EXPECT_EQ(asked_at("<166>Nov 23 2026 21:12:00 UTC: ", text), "2026-11-23T21:12:00.000000Z");
  EXPECT_EQ(asked_at("<166>Nov 23 2026 21:12:00 +0100: ", text), "2026-11-23T20:12:00.000000Z");
  EXPECT_EQ(asked_at("<166>2026-11-23T21:12:00+0100 fw ", text), "2026-11-23T20:12:00.000000Z");
  EXPECT_EQ(asked_at("<166>Nov 23 2026 21:12:00 UTC: ", kPacket), "2026-11-23T21:12:00.000000Z");
  EXPECT_EQ(asked_at("<166>Nov 23 2026 21:12:00: ", text), "2026-11-23T12:12:00.000000Z");
}

TEST(Rsyslog, a_time_in_the_text_itself_comes_before_that_of_the_header) {
  const Served all = served(R"({"msg":" 2026-11-23T14:20:00Z )" + std::string(kPacket) +
                            R"(","rawmsg":"x","timereported":"2026-11-23T14:21:46+00:00"})"
                            "\n");
  ASSERT_EQ(all.asked.size(), 1U);
  EXPECT_EQ(from_proto(all.asked[0].at()), parse_time("2026-11-23T14:20:00Z", {})->start);
}

TEST(Rsyslog, a_time_of_the_header_makes_no_line_of_tcpdump_of_a_text) {
  const Served all = served(R"({"msg":" 192.168.1.7 > 203.0.113.83: hello","rawmsg":"x",)"
                            R"("timereported":"2026-11-23T14:21:46+00:00"})"
                            "\n");
  EXPECT_TRUE(all.asked.empty());
}

// fulljson of a message whose tag rsyslog has taken from its text.
Served served_in_full(const std::string& tag, const std::string& text) {
  return served(R"({"msg":" )" + text + R"(","rawmsg":"<166>Nov 23 14:21:46 gw )" + tag + " " +
                text + R"(","timereported":"2026-11-23T14:21:46+00:00"})" + "\n");
}

TEST(Rsyslog, fulljson_has_the_tag_that_tells_the_format) {
  const Served filterlog = served_in_full(
      "filterlog[72237]:",
      "146,,,1535324496,igb1,match,block,in,4,0x0,,63,12617,0,DF,6,tcp,60,192.168.1.7,"
      "203.0.113.83,49724,853,0,S,1891286705,,64240,,mss");
  ASSERT_EQ(filterlog.asked.size(), 1U);
  EXPECT_EQ(filterlog.asked[0].address(), "203.0.113.83");
  const Served asa = served_in_full("%ASA-6-302013:",
                                    "Built outbound TCP connection 7 for outside:203.0.113.83/443 "
                                    "(203.0.113.83/443) to inside:192.168.1.7/51514 "
                                    "(198.51.100.2/12834)");
  ASSERT_EQ(asa.asked.size(), 1U);
  EXPECT_EQ(asa.asked[0].client(), "192.168.1.7");
  EXPECT_EQ(from_proto(asa.asked[0].at()), parse_time("2026-11-23T14:21:46Z", {})->start);
}

TEST(Rsyslog, fulljson_of_a_tag_that_tells_the_format_lets_no_other_one_read_the_text) {
  const std::string forged = "a IN= SRC=192.168.1.66 DST=203.0.113.84 LEN=1 PROTO=TCP SPT=1 DPT=2 ";
  const Served other = served_in_full(
      "%ASA-6-113005:", "AAA user authentication Rejected : user = " + forged + ": user IP = x");
  EXPECT_TRUE(other.asked.empty());
  EXPECT_EQ(other.replies, "{}\n");
  const Served flow = served_in_full("%ASA-6-302013:",
                                     "Built outbound TCP connection 7 for outside:203.0.113.83/443 "
                                     "(203.0.113.83/443) to inside:192.168.1.7/51514 "
                                     "(198.51.100.2/12834) (" +
                                         forged + ")");
  ASSERT_EQ(flow.asked.size(), 1U);
  EXPECT_EQ(flow.asked[0].client(), "192.168.1.7");
}

TEST(Rsyslog, fulljson_of_an_end_that_began_elsewhere_is_about_the_beginning_there) {
  const std::string text =
      "Teardown TCP connection 7 for outside:203.0.113.83/443 to inside:192.168.1.7/51514 duration "
      "1:00:30 bytes 123";
  const Served all = served(R"({"msg":" )" + text +
                            R"(","rawmsg":"<166>Nov 23 23:21:46 tokyo %ASA-6-302014: )" + text +
                            R"(","timereported":"2026-11-23T23:21:46+09:00"})"
                            "\n");
  ASSERT_EQ(all.asked.size(), 1U);
  EXPECT_EQ(from_proto(all.asked[0].at()), parse_time("2026-11-23T13:21:15Z", {})->start);
}

TEST(Rsyslog, fulljson_of_an_end_is_about_the_beginning) {
  const Served all =
      served_in_full("fw",
                     "%ASA-6-302014: Teardown TCP connection 7 for outside:203.0.113.83/443 to "
                     "inside:192.168.1.7/51514 duration 1:00:30 bytes 123 TCP FINs");
  ASSERT_EQ(all.asked.size(), 1U);
  EXPECT_EQ(from_proto(all.asked[0].at()), parse_time("2026-11-23T13:21:15Z", {})->start);
}

TEST(Rsyslog, fulljson_of_no_flow_is_read_once_more_and_says_nothing) {
  const Served all = served_in_full("sshd[1]:", "Accepted publickey for root from 192.168.1.7");
  EXPECT_TRUE(all.asked.empty());
  EXPECT_EQ(all.replies, "{}\n");
}

TEST(Rsyslog, what_cannot_be_asked_is_said_and_the_next_message_asks_again) {
  const std::string message = std::string(kPacket) + "\n";
  const Served all =
      served(" " + message + " " + message, Error{ErrorCode::kUnavailable, "no etymond at \"x\""});
  EXPECT_EQ(all.asked.size(), 2U);
  EXPECT_THAT(all.replies,
              HasSubstr(R"({"$!":{"etymon":{"error":"SERVER_UNREACHABLE","message":"no etymond )"));
  EXPECT_EQ(std::ranges::count(all.replies, '\n'), 2);
}

}  // namespace
}  // namespace etymon::cli

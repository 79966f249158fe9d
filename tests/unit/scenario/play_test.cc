// A scenario that must fail fails, and says where.
#include "tests/scenario/play.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace etymon::scenario {
namespace {

using ::testing::HasSubstr;

std::string mistake_in(std::string_view text) {
  const Status played = play("x.scenario", text);
  return played.ok() ? "" : played.error().message;
}

// One question and its answer, in whose last lines a test makes its mistake.
constexpr const char* kAnswered = R"(phone asks www.example A
upstream is asked www.example A
upstream answers www.example A NOERROR
  www.example 300 A 192.0.2.80
)";

std::string answered(const std::string& more) {
  return kAnswered + more;
}

TEST(Play, a_scenario_that_goes_as_written_passes) {
  EXPECT_EQ(mistake_in(answered("phone gets NOERROR from=upstream valid=300\n"
                                "  www.example 300 A 192.0.2.80\n")),
            "");
}

TEST(Play, another_record_than_expected_is_found_with_its_line) {
  EXPECT_THAT(mistake_in(answered("phone gets NOERROR\n  www.example 300 A 192.0.2.81\n")),
              HasSubstr("x.scenario:5: phone got NOERROR for www.example with 1 records: "
                        "not expected: www.example. 300 IN A 192.0.2.80"));
}

TEST(Play, another_ttl_is_another_record) {
  EXPECT_THAT(mistake_in(answered("phone gets NOERROR\n  www.example 299 A 192.0.2.80\n")),
              HasSubstr("x.scenario:5:"));
}

TEST(Play, a_record_too_many_in_the_expectation_is_found) {
  EXPECT_THAT(mistake_in(answered("phone gets NOERROR\n  www.example 300 A 192.0.2.80\n"
                                  "  www.example 300 A 192.0.2.81\n")),
              HasSubstr("missing: www.example. 300 IN A 192.0.2.81"));
}

TEST(Play, another_code_flag_origin_or_validity_is_found) {
  const std::string record = "\n  www.example 300 A 192.0.2.80\n";
  EXPECT_THAT(mistake_in(answered("phone gets SERVFAIL" + record)), HasSubstr("response code"));
  EXPECT_THAT(mistake_in(answered("phone gets NOERROR tc" + record)), HasSubstr("flag tc"));
  EXPECT_THAT(mistake_in(answered("phone gets NOERROR ede=3" + record)), HasSubstr("options"));
  EXPECT_THAT(mistake_in(answered("phone gets NOERROR from=cache" + record)),
              HasSubstr("recorded as from upstream"));
  EXPECT_THAT(mistake_in(answered("phone gets NOERROR valid=299" + record)),
              HasSubstr("valid for 300 s"));
  EXPECT_THAT(mistake_in(answered("phone gets NOERROR unrecorded" + record)),
              HasSubstr("it was recorded"));
  EXPECT_THAT(mistake_in(answered("phone gets NOERROR for=other.example" + record)),
              HasSubstr("another question"));
}

TEST(Play, an_answer_that_does_not_come_is_missed) {
  EXPECT_EQ(mistake_in("phone asks www.example A\nupstream is asked www.example A\n"
                       "phone gets NOERROR\n"),
            "x.scenario:3: phone got nothing");
}

TEST(Play, an_answer_where_none_is_expected_is_found) {
  EXPECT_THAT(mistake_in(answered("phone gets nothing\n")), HasSubstr("phone got NOERROR"));
}

TEST(Play, an_answer_of_which_nothing_is_said_is_found) {
  EXPECT_THAT(mistake_in(kAnswered), HasSubstr("x.scenario:3: at the end phone has an answer"));
}

TEST(Play, a_question_of_which_nothing_is_said_is_found) {
  EXPECT_THAT(mistake_in("phone asks www.example A\n"),
              HasSubstr("was asked a question of which nothing is said: www.example A"));
  EXPECT_THAT(mistake_in("phone asks www.example A\nupstream is asked nothing\n"),
              HasSubstr("x.scenario:2: it was asked www.example A"));
}

TEST(Play, another_question_than_expected_is_found) {
  EXPECT_THAT(mistake_in("phone asks www.example A\nupstream is asked www.example AAAA\n"),
              HasSubstr("x.scenario:2: it was not asked that; open are: www.example A"));
  EXPECT_THAT(mistake_in("phone asks www.example A\nupstream is asked www.example A do\n"),
              HasSubstr("it was not asked that"));
}

TEST(Play, words_that_mean_nothing_are_mistakes) {
  EXPECT_EQ(mistake_in("phone asks www.example A dO\n"), "x.scenario:1: 'dO' means nothing here");
  EXPECT_THAT(mistake_in("nobody asks www.example A\n"), HasSubstr("no client 'nobody'"));
  EXPECT_THAT(mistake_in("phone wants www.example A\n"), HasSubstr("asks, sends or gets"));
  EXPECT_THAT(mistake_in("set cache.sise 1MiB\n"), HasSubstr("no setting 'cache.sise'"));
  EXPECT_THAT(mistake_in("phone sends abc\n"), HasSubstr("octets in hexadecimal"));
}

TEST(Play, settings_come_first) {
  EXPECT_THAT(mistake_in("wait 1s\nset cache.size 1MiB\n"), HasSubstr("x.scenario:2: settings"));
}

TEST(Play, an_empty_scenario_is_a_mistake) {
  EXPECT_THAT(mistake_in("# nothing\n"), HasSubstr("nothing happens here"));
}

// A question that has reached an upstream by its address, once, and answers behind it.
std::string over_pool(const std::string& more) {
  return "set upstream.addresses 192.0.2.1\nphone asks www.example A\n"
         "192.0.2.1 is asked www.example A edns cookie port=one id=one\n" +
         more;
}

TEST(PlayOverPool, a_scenario_that_goes_as_written_passes) {
  EXPECT_EQ(mistake_in(over_pool("192.0.2.1 answers www.example A NXDOMAIN\n"
                                 "phone gets NXDOMAIN from=upstream\n192.0.2.1 is up\n"
                                 "counted answers=1 udp_messages=1 in_flight=0\n")),
            "");
}

TEST(PlayOverPool, a_message_of_which_nothing_is_said_is_found) {
  EXPECT_THAT(mistake_in(over_pool("wait 400ms\n")),
              HasSubstr("of which nothing is said; 192.0.2.1:53 is asked"));
  EXPECT_THAT(mistake_in(over_pool("wait 400ms\n192.0.2.1 is asked nothing\n")),
              HasSubstr("x.scenario:5: it was asked; 192.0.2.1:53 is asked"));
}

TEST(PlayOverPool, another_message_than_expected_is_found) {
  const std::string again = "wait 400ms\n192.0.2.1 is asked www.example A ";
  for (const char* words : {"edns", "edns cookie tcp", "edns cookie=kept", "do cookie",
                            "edns cookie cd", "edns cookie spelled=lower", "edns=4096 cookie"}) {
    EXPECT_THAT(mistake_in(over_pool(again + words)), HasSubstr("it was not asked that")) << words;
  }
  EXPECT_THAT(mistake_in(over_pool("192.0.2.2 is asked www.example A edns cookie\n")),
              HasSubstr("it was not asked that; nothing else was sent"));
  EXPECT_THAT(mistake_in(over_pool(again + "edns cookie some=2..3")), HasSubstr("that 1 times"));
}

TEST(PlayOverPool, another_port_id_count_or_state_than_expected_is_found) {
  const std::string again = "wait 400ms\n192.0.2.1 is asked www.example A edns cookie ";
  EXPECT_THAT(mistake_in(over_pool(again + "port=one")), HasSubstr("from another port"));
  EXPECT_THAT(mistake_in(over_pool(again + "id=one")), HasSubstr("with another id"));
  EXPECT_THAT(mistake_in(over_pool("counted udp_messages=2\n")), HasSubstr("udp_messages is 1"));
  EXPECT_THAT(mistake_in(over_pool("192.0.2.1 is down\n")), HasSubstr("it is up"));
}

TEST(PlayOverPool, what_means_nothing_is_a_mistake) {
  const std::string answer = "192.0.2.1 answers www.example A NOERROR ";
  EXPECT_THAT(mistake_in(over_pool(answer + "tcp\n")), HasSubstr("no answer to that is waited"));
  EXPECT_THAT(mistake_in(over_pool(answer + "port=two\n")), HasSubstr("no answer to that"));
  EXPECT_THAT(mistake_in(over_pool(answer + "to=two\n")), HasSubstr("no port was called two"));
  EXPECT_THAT(mistake_in(over_pool(answer + "wrong=cookie\n")), HasSubstr("means nothing here"));
  EXPECT_THAT(mistake_in(over_pool("192.0.2.1 fails www.example A closed\n")),
              HasSubstr("an upstream fails with"));
  EXPECT_THAT(mistake_in(over_pool("192.0.2.1 is asked www.example A cookie=00\n")),
              HasSubstr("cannot be known"));
  EXPECT_THAT(mistake_in(over_pool("upstream is asked nothing\n")), HasSubstr("by its address"));
  EXPECT_THAT(mistake_in(over_pool("counted anwers=1\n")), HasSubstr("means nothing here"));
  EXPECT_THAT(mistake_in(over_pool(answer + "size=20 edns\n")), HasSubstr("size= goes with"));
  EXPECT_THAT(mistake_in(over_pool("sockets fail\n")), HasSubstr("write: sockets fail N"));
  EXPECT_THAT(mistake_in(over_pool("192.0.2.1 is asked www.example A some=2\n")),
              HasSubstr("some=MIN..MAX"));
  EXPECT_THAT(mistake_in("192.0.2.1 is asked nothing\n"), HasSubstr("upstream.addresses is set"));
}

}  // namespace
}  // namespace etymon::scenario

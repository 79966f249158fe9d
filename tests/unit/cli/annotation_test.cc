// What is added to a line.
#include "api/cli/annotation.h"

#include <gtest/gtest.h>

namespace etymon::cli {
namespace {

v1::LookupRequest at_a_moment() {
  v1::LookupRequest question;
  question.mutable_at()->set_seconds(1);
  return question;
}

v1::LookupResult named(const std::string& name) {
  v1::LookupResult result;
  result.mutable_answer()->set_verdict(v1::VERDICT_LIVE);
  result.mutable_answer()->add_candidates()->set_name(name);
  return result;
}

v1::LookupResult unnamed(v1::Verdict verdict) {
  v1::LookupResult result;
  result.mutable_answer()->set_verdict(verdict);
  return result;
}

v1::LookupResult failed() {
  v1::LookupResult result;
  result.mutable_error()->set_reason("STORE_DAMAGED");
  result.mutable_error()->set_message("the store is damaged");
  return result;
}

TEST(Annotation, text_has_the_name_and_the_verdict) {
  EXPECT_EQ(text_annotation(at_a_moment(), named("www.example")), " name=www.example verdict=LIVE");
  EXPECT_EQ(text_annotation(at_a_moment(), unnamed(v1::VERDICT_NEVER)), " verdict=NEVER");
  EXPECT_EQ(text_annotation(at_a_moment(), failed()), " verdict=ERROR reason=STORE_DAMAGED");
}

// What a line of last month led to is not what it would lead to now.
TEST(Annotation, text_says_when_the_line_had_no_time) {
  EXPECT_EQ(text_annotation({}, named("www.example")), " name=www.example verdict=LIVE as_of=now");
}

TEST(Annotation, an_ambiguous_answer_says_so) {
  v1::LookupResult result = named("a.example");
  result.mutable_answer()->set_ambiguous(true);
  result.mutable_answer()->add_candidates()->set_name("b.example");
  EXPECT_EQ(text_annotation(at_a_moment(), result), " name=a.example verdict=LIVE ambiguous=true");
  EXPECT_EQ(column_annotation(result, '\t'), "\ta.example\tLIVE\tT");
  EXPECT_NE(json_annotation({}, result).find(R"("others":["b.example"])"), std::string::npos);
}

// The members "others" and "others_left_out" as they stand in JSON.
std::string others_in(const v1::LookupResult& result) {
  const std::string text = json_annotation({}, result);
  const size_t begin = text.find("\"others");
  return begin == std::string::npos ? "" : text.substr(begin, text.size() - begin - 1);
}

TEST(Annotation, other_names_stand_in_it_once_though_many_hosts_were_told_them) {
  v1::LookupResult result = named("a.example");
  for (int host = 0; host < 2000; ++host) {
    result.mutable_answer()->add_candidates()->set_name("a.example");
  }
  EXPECT_EQ(others_in(result), "");
  for (int host = 0; host < 2000; ++host) {
    result.mutable_answer()->add_candidates()->set_name(host % 2 == 0 ? "b.example" : "c.example");
  }
  EXPECT_EQ(others_in(result), R"("others":["b.example","c.example"])");
}

TEST(Annotation, of_many_other_names_the_likeliest_sixteen_are_told_and_the_rest_is_counted) {
  v1::LookupResult result = named("name.example");
  std::string sixteen;
  for (int i = 0; i < 16; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example";
    result.mutable_answer()->add_candidates()->set_name(name);
    sixteen += (i == 0 ? "\"" : ",\"") + name + "\"";
  }
  EXPECT_EQ(others_in(result), "\"others\":[" + sixteen + "]");
  for (const char* name : {"n16.example", "n17.example", "n16.example"}) {
    result.mutable_answer()->add_candidates()->set_name(name);
  }
  EXPECT_EQ(others_in(result), "\"others\":[" + sixteen + R"(],"others_left_out":2)");
}

TEST(Annotation, nothing_in_a_name_can_look_like_something_else) {
  EXPECT_EQ(text_annotation(at_a_moment(), named("a b\nverdict=NEVER\t\"\x1b[1m\x7f\xff")),
            R"( name=a\032b\010verdict=NEVER\009\034\027[1m\127\255 verdict=LIVE)");
  EXPECT_EQ(column_annotation(named("a,b"), ','), R"(,a\044b,LIVE,F)");
  EXPECT_EQ(json_annotation({}, named("a\"}\n")),
            R"({"name":"a\"}\n","verdict":"LIVE","ambiguous":false,"answered_at":)"
            R"("1970-01-01T00:00:00Z","valid_until":"1970-01-01T00:00:00Z","deliveries":0,)"
            R"("confidence":0})");
}

TEST(Annotation, columns_are_three_whatever_is_known) {
  EXPECT_EQ(column_annotation(unnamed(v1::VERDICT_UNKNOWN), '\t'), "\t-\tUNKNOWN\tF");
  EXPECT_EQ(column_annotation(failed(), ';'), ";-;ERROR;F");
}

TEST(Annotation, json_has_the_question_and_the_evidence) {
  v1::LookupRequest question;
  question.set_client("192.168.1.7");
  question.set_address("203.0.113.83");
  question.mutable_at()->set_seconds(1'795'443'706);
  v1::LookupResult result = named("www.example");
  v1::Candidate& candidate = *result.mutable_answer()->mutable_candidates(0);
  candidate.add_chain("www.example");
  candidate.add_chain("cdn.example");
  candidate.set_client("192.168.1.7");
  candidate.mutable_answered_at()->set_seconds(1'795'443'700);
  candidate.mutable_valid_until()->set_seconds(1'795'443'705);
  candidate.mutable_expired_by()->set_seconds(1);
  candidate.set_deliveries(3);
  candidate.set_confidence(0.5);
  result.mutable_answer()->set_verdict(v1::VERDICT_EXPIRED);
  result.mutable_answer()->mutable_coverage()->mutable_covered_from()->set_seconds(1'795'443'600);
  EXPECT_EQ(json_annotation(question, result),
            R"({"name":"www.example","verdict":"EXPIRED","ambiguous":false,)"
            R"("client":"192.168.1.7","address":"203.0.113.83","at":"2026-11-23T14:21:46Z",)"
            R"("chain":["www.example","cdn.example"],"answered_to":"192.168.1.7",)"
            R"("answered_at":"2026-11-23T14:21:40Z","valid_until":"2026-11-23T14:21:45Z",)"
            R"("expired_by":"1s","deliveries":3,"confidence":0.5,)"
            R"("covered_from":"2026-11-23T14:20:00Z"})");
  EXPECT_EQ(json_annotation(question, failed()),
            R"({"error":"STORE_DAMAGED","message":"the store is damaged","client":"192.168.1.7",)"
            R"("address":"203.0.113.83","at":"2026-11-23T14:21:46Z"})");
}

TEST(Annotation, other_hosts_names_count_apart_from_named_and_nameless_ones) {
  EXPECT_EQ(outcome_of(named("www.example")), Outcome::kNamed);
  v1::LookupResult others = named("www.example");
  others.mutable_answer()->set_verdict(v1::VERDICT_OTHER_CLIENT);
  EXPECT_EQ(outcome_of(others), Outcome::kOfOthers);
  others.mutable_answer()->set_ambiguous(true);
  EXPECT_EQ(outcome_of(others), Outcome::kOfOthers);
  EXPECT_EQ(outcome_of(unnamed(v1::VERDICT_NEVER)), Outcome::kUnnamed);
  EXPECT_EQ(outcome_of(failed()), Outcome::kError);
}

}  // namespace
}  // namespace etymon::cli

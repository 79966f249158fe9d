// Many lookups in one run, against a server that a test holds in its hand.
#include "api/cli/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "api/cli/json.h"
#include "tests/unit/cli/echo_stream.h"

namespace etymon::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Status accept_all() {
  return {};
}

std::string question(const std::string& address) {
  return R"({"address": ")" + address + "\"}\n";
}

std::string outcome(const AnsweredLine& line) {
  return line.result.has_error() ? line.result.error().message()
                                 : line.result.answer().candidates(0).name();
}

// The outcomes of a text's lines, in order.
std::vector<std::string> outcomes(std::string_view text) {
  Pipe pipe;
  EchoStream stream;
  std::vector<std::string> all;
  std::thread feeder([&] {
    pipe.write(text);
    pipe.end();
  });
  LineReader lines(pipe.reading(), kLineMax);
  const Status status = answer_lines(
      lines, stream, [&](const AnsweredLine& line) { all.push_back(outcome(line)); }, accept_all);
  feeder.join();
  EXPECT_TRUE(status.ok()) << status.error().message;
  return all;
}

TEST(Batch, answers_come_in_the_order_of_the_questions) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) {
    expected.push_back("192.0.2." + std::to_string(i));
    text += question(expected.back());
  }
  EXPECT_EQ(outcomes(text), expected);
}

TEST(Batch, a_bad_line_has_its_error_in_its_place) {
  const std::vector<std::string> all = outcomes(question("192.0.2.1") + "nonsense\n" +
                                                "{\"adress\": \"x\"}\n" + question("192.0.2.2"));
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0], "192.0.2.1");
  EXPECT_THAT(all[1], HasSubstr("no question"));
  EXPECT_THAT(all[2], HasSubstr("adress"));
  EXPECT_EQ(all[3], "192.0.2.2");
}

TEST(Batch, a_line_beyond_all_measure_is_one_bad_line) {
  const std::vector<std::string> all =
      outcomes(std::string(200'000, 'x') + "\n" + question("192.0.2.1"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(all[0], HasSubstr("longer than"));
  EXPECT_EQ(all[1], "192.0.2.1");
}

TEST(Batch, a_last_line_without_line_break_counts_and_blank_lines_do_not) {
  EXPECT_THAT(outcomes("\n  \n" + question("192.0.2.1") + "\r\n{\"address\": \"192.0.2.2\"}"),
              ElementsAre("192.0.2.1", "192.0.2.2"));
}

TEST(Batch, who_writes_one_line_gets_its_answer_before_the_next) {
  Pipe pipe;
  EchoStream stream;
  LineReader lines(pipe.reading(), kLineMax);
  int answered = 0;
  pipe.write(question("192.0.2.1"));
  const Status status = answer_lines(
      lines, stream, [&](const AnsweredLine&) { ++answered; },
      [&] {
        // The next question is only asked now that the one before is answered.
        answered < 3 ? pipe.write(question("192.0.2.2")) : pipe.end();
        return Status();
      });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(answered, 3);
}

TEST(Batch, a_server_that_goes_away_ends_the_run_though_questions_may_come) {
  Pipe pipe;
  EchoStream stream;
  stream.end_after(1);
  LineReader lines(pipe.reading(), kLineMax);
  pipe.write(question("192.0.2.1"));
  const Status status = answer_lines(
      lines, stream, [](const AnsweredLine&) {},
      [&] {
        pipe.write(question("192.0.2.2"));
        return Status();
      });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "the server went away");
}

TEST(Batch, an_output_that_takes_no_more_ends_the_run) {
  Pipe pipe;  // never ended: only cancelling ends the wait for more questions
  EchoStream stream;
  LineReader lines(pipe.reading(), kLineMax);
  pipe.write(question("192.0.2.1"));
  const Status status = answer_lines(
      lines, stream, [](const AnsweredLine&) {},
      [] {
        return Status(Error{ErrorCode::kIo, "no room"});
      });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "no room");
  EXPECT_TRUE(stream.cancelled());
}

TEST(Json, an_answer_is_one_line_with_every_field) {
  v1::LookupResult result;
  result.mutable_answer()->set_verdict(v1::VERDICT_NEVER);
  EXPECT_EQ(json_line(result),
            "{\"verdict\":\"VERDICT_NEVER\",\"ambiguous\":false,\"candidates\":[],\"hints\":[],"
            "\"truncated\":false}\n");
}

TEST(Json, an_error_stands_under_its_own_name) {
  v1::LookupResult result;
  result.mutable_error()->set_code(google::rpc::INVALID_ARGUMENT);
  result.mutable_error()->set_reason("ADDRESS_INVALID");
  result.mutable_error()->set_message("no\nline \"break\"");
  result.mutable_error()->set_field("address");
  EXPECT_EQ(json_line(result),
            "{\"error\":{\"code\":\"INVALID_ARGUMENT\",\"reason\":\"ADDRESS_INVALID\","
            "\"message\":\"no\\nline \\\"break\\\"\",\"field\":\"address\"}}\n");
}

TEST(Json, a_question_has_the_names_of_the_proto) {
  v1::LookupRequest question;
  const Status read = read_question(
      R"({"client": "10.0.0.7", "address": "192.0.2.1", "at": "2013-09-19T14:21:51.669093Z",)"
      R"( "port": 3478, "proto": "udp", "min_coverage": "5s"})",
      question);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(question.client(), "10.0.0.7");
  EXPECT_EQ(question.address(), "192.0.2.1");
  EXPECT_EQ(question.at().seconds(), 1'379'600'511);
  EXPECT_EQ(question.at().nanos(), 669'093'000);
  EXPECT_EQ(question.port(), 3478U);
  EXPECT_EQ(question.proto(), "udp");
  EXPECT_EQ(question.min_coverage().seconds(), 5);
}

TEST(Json, a_protocol_in_capitals_is_the_same_one) {
  for (const char* line : {R"({"address":"192.0.2.1","proto":"TCP"})",
                           R"({"address":"192.0.2.1","proto":"\u0054CP"})"}) {
    v1::LookupRequest question;
    ASSERT_TRUE(read_question(line, question).ok()) << line;
    EXPECT_EQ(question.proto(), "tcp") << line;
  }
}

}  // namespace
}  // namespace etymon::cli

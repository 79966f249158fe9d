// Many lookups in one run, against a server that a test holds in its hand.
#include "api/cli/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "api/cli/json.h"
#include "api/cli/moments.h"
#include "resolver/base/time_text.h"
#include "tests/support/fakes.h"
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
  const testing::ManualClock clock;
  const Status status = answer_lines(
      lines, stream, clock, [&](const AnsweredLine& line) { all.push_back(outcome(line)); },
      accept_all);
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

TEST(Batch, a_last_line_without_line_break_counts_and_no_line_has_no_answer) {
  EXPECT_THAT(outcomes(question("192.0.2.1") + "{\"address\": \"192.0.2.2\"}"),
              ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(outcomes(""), ElementsAre());
}

TEST(Batch, a_blank_line_has_its_error_in_its_place) {
  EXPECT_THAT(outcomes("\n  \n" + question("192.0.2.1") + "\r\n"),
              ElementsAre(HasSubstr("blank"), HasSubstr("blank"), "192.0.2.1", HasSubstr("blank")));
}

TEST(Batch, a_byte_order_mark_before_the_first_question_is_no_part_of_it) {
  EXPECT_THAT(outcomes("\xEF\xBB\xBF" + question("192.0.2.1") + question("192.0.2.2")),
              ElementsAre("192.0.2.1", "192.0.2.2"));
}

TEST(Batch, of_a_line_that_is_no_question_is_told_what_could_be_read) {
  Pipe pipe;
  EchoStream stream;
  const testing::ManualClock clock;
  LineReader lines(pipe.reading(), kLineMax);
  pipe.write(
      "{\"at\":\"noon\",\"client\":\"10.0.0.7\",\"address\":\"192.0.2.1\"}\n"
      "{\"client\":\"10.0.0.7\",\"address\":\"192.0.2.1\",\"prot\":\"tcp\"}\n");
  pipe.end();
  std::vector<std::string> read;
  const Status status = answer_lines(
      lines, stream, clock,
      [&](const AnsweredLine& line) {
        EXPECT_TRUE(line.result.has_error());
        read.push_back(line.question.client() + " " + line.question.address());
      },
      accept_all);
  EXPECT_TRUE(status.ok());
  EXPECT_THAT(read, ElementsAre("10.0.0.7 192.0.2.1", "10.0.0.7 192.0.2.1"));
}

TEST(Batch, who_writes_one_line_gets_its_answer_before_the_next) {
  Pipe pipe;
  EchoStream stream;
  const testing::ManualClock clock;
  LineReader lines(pipe.reading(), kLineMax);
  int answered = 0;
  pipe.write(question("192.0.2.1"));
  const Status status = answer_lines(
      lines, stream, clock, [&](const AnsweredLine&) { ++answered; },
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
  const testing::ManualClock clock;
  LineReader lines(pipe.reading(), kLineMax);
  pipe.write(question("192.0.2.1"));
  const Status status = answer_lines(
      lines, stream, clock, [](const AnsweredLine&) {},
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
  const testing::ManualClock clock;
  LineReader lines(pipe.reading(), kLineMax);
  pipe.write(question("192.0.2.1"));
  const Status status = answer_lines(
      lines, stream, clock, [](const AnsweredLine&) {},
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
      WallTime(), question);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(question.client(), "10.0.0.7");
  EXPECT_EQ(question.address(), "192.0.2.1");
  EXPECT_EQ(question.at().seconds(), 1'379'600'511);
  EXPECT_EQ(question.at().nanos(), 669'093'000);
  EXPECT_EQ(question.port(), 3478U);
  EXPECT_EQ(question.proto(), "udp");
  EXPECT_EQ(question.min_coverage().seconds(), 5);
}

// The same question as the quick reader has it and as protobuf's does, which escapes are left to.
std::vector<v1::LookupRequest> both_ways(const std::string& members) {
  const WallTime now = parse_time("2026-11-23T12:00:00Z", WallTime())->start;
  std::vector<v1::LookupRequest> questions;
  for (const char* address : {"192.0.2.1", "\\u00312.0.2.1"}) {
    const std::string line = R"({"address":")" + std::string(address) + "\"," + members + "}";
    const Status read = read_question(line, now, questions.emplace_back());
    EXPECT_TRUE(read.ok()) << line << ": " << (read.ok() ? "" : read.error().message);
  }
  return questions;
}

TEST(Json, a_moment_lasts_as_long_as_it_is_written_exactly) {
  const std::vector<std::pair<std::string, Microseconds>> written = {
      {R"("at":"2026-11-23T10:10:00Z")", Microseconds(999'999)},
      {R"("at":"2026-11-23T10:10:00.5Z")", Microseconds(99'999)},
      {R"("at":"2026-11-23T10:10:00.000001Z")", Microseconds(0)},
      {R"("at":"2026-11-23T10:10Z")", Microseconds(59'999'999)},
      {R"("at":1795428600)", Microseconds(999'999)},
      {R"("at":"2026-11-23T10:10:00Z","tolerance":"0s")", Microseconds(0)},
      {R"("tolerance":"2s","at":"2026-11-23T10:10:00Z")", Seconds(2)},
      {R"("tolerance":null,"at":"2026-11-23T10:10:00Z")", Microseconds(999'999)},
  };
  for (const auto& [members, tolerance] : written) {
    for (const v1::LookupRequest& question : both_ways(members)) {
      ASSERT_TRUE(question.has_tolerance()) << members;
      EXPECT_EQ(from_proto(question.tolerance()), tolerance) << members;
    }
  }
}

TEST(Json, a_moment_may_be_written_as_the_command_takes_it) {
  const WallTime ten = parse_time("2026-11-23T10:00:00Z", WallTime())->start;
  for (const char* at : {R"("2026-11-23T10:00:00Z")", R"("2026-11-23 11:00:00+01:00")",
                         "1795428000", R"("1795428000")", "1795428000.000", R"("-2h")",
                         R"("10:00")", R"("2026\u002d11-23T10:00:00Z")"}) {
    for (const v1::LookupRequest& question : both_ways(R"("at":)" + std::string(at))) {
      EXPECT_EQ(from_proto(question.at()), ten) << at;
    }
  }
  for (const v1::LookupRequest& question : both_ways(R"("at":null)")) {
    EXPECT_FALSE(question.has_at() || question.has_tolerance());
  }
}

TEST(Json, a_moment_that_cannot_be_read_is_no_question) {
  for (const char* at : {R"("noon")", R"("")", "1e9", "true", "{}"}) {
    v1::LookupRequest question;
    const std::string line = R"({"at":)" + std::string(at) + R"(,"address":"192.0.2.1"})";
    const Status read = read_question(line, WallTime(), question);
    ASSERT_FALSE(read.ok()) << at;
    EXPECT_THAT(read.error().message, HasSubstr("no question: ")) << at;
    EXPECT_FALSE(question.has_at()) << at;
  }
  v1::LookupRequest question;  // protobuf takes these quotes, too
  EXPECT_FALSE(read_question("{'at':'2026-11-23T10:10:00Z'}", WallTime(), question).ok());
}

TEST(Json, a_protocol_in_capitals_is_the_same_one) {
  for (const char* line : {R"({"address":"192.0.2.1","proto":"TCP"})",
                           R"({"address":"192.0.2.1","proto":"\u0054CP"})"}) {
    v1::LookupRequest question;
    ASSERT_TRUE(read_question(line, WallTime(), question).ok()) << line;
    EXPECT_EQ(question.proto(), "tcp") << line;
  }
}

}  // namespace
}  // namespace etymon::cli

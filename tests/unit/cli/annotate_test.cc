// A log in, the same log out: against a server that a test holds in its hand.
#include "api/cli/annotate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "api/cli/answer_memory.h"
#include "resolver/base/time_text.h"
#include "tests/support/fakes.h"
#include "tests/unit/cli/echo_stream.h"

namespace etymon::cli {
namespace {

using ::testing::HasSubstr;

struct Annotated {
  std::string text;
  AnnotateCounts counts;
  Status ended;
};

// A server that is there, with a stream for whoever asks.
LookupServer echo_server() {
  return {[] { return std::make_unique<EchoStream>(); }, [](Milliseconds) { return true; }};
}

struct Run {
  AnnotateOutput output = AnnotateOutput::kInPlace;
  logs::Settings settings = {.timezone = "UTC"};
  LookupServer server = echo_server();
};

Annotated run_of(std::string_view log, const Run& run) {
  testing::ManualClock clock(parse_time("2026-11-25T12:00:00Z", WallTime())->start);
  const auto recognizer = *logs::Recognizer::create(run.settings, clock);
  Pipe pipe;
  std::thread feeder([&] {
    pipe.write(log);
    pipe.end();
  });
  LineReader lines(pipe.reading(), kLogLineMax);
  Annotated all;
  const AnnotateSink sink{[&](std::string_view text) {
                            all.text += text;
                            return Status();
                          },
                          [](uint64_t) {}};
  const auto counts = annotate({lines, run.server, *recognizer, clock}, run.output, sink);
  feeder.join();
  all.counts = counts ? *counts : AnnotateCounts();
  all.ended = counts ? Status() : counts.error();
  return all;
}

Annotated annotated(std::string_view log, const Run& run = {}) {
  Annotated all = run_of(log, run);
  EXPECT_TRUE(all.ended.ok()) << all.ended.error().message;
  return all;
}

std::string packet(const std::string& destination, const std::string& time = "Nov 23 14:21:46") {
  return time + " gw kernel: IN=eth1 OUT=eth0 SRC=192.168.1.7 DST=" + destination +
         " LEN=60 PROTO=TCP SPT=51514 DPT=443";
}

TEST(Annotate, text_has_the_name_behind_it) {
  EXPECT_EQ(annotated(packet("203.0.113.83") + "\n").text,
            packet("203.0.113.83") + " name=203.0.113.83 verdict=LIVE\n");
}

TEST(Annotate, json_has_it_as_a_member) {
  const std::string event =
      R"({"timestamp":"2026-11-23T14:21:46Z","event_type":"alert","src_ip":"192.168.1.7",)"
      R"("dest_ip":"203.0.113.83","alert":{}} )";
  const std::string text = annotated(event + "\n").text;
  EXPECT_THAT(text, HasSubstr(R"("alert":{},"etymon":{"name":"203.0.113.83","verdict":"LIVE")"));
  EXPECT_TRUE(text.ends_with("}} \n")) << text;
}

TEST(Annotate, columns_have_it_as_columns_and_so_has_their_header) {
  EXPECT_EQ(annotated("#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n"
                      "#open\t2026-11-23-14-00-00\n"
                      "1795443706.4\tC\t192.168.1.7\t1\t203.0.113.83\t443\ttcp\n")
                .text,
            "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto"
            "\tetymon_name\tetymon_verdict\tetymon_ambiguous\n"
            "#open\t2026-11-23-14-00-00\n"
            "1795443706.4\tC\t192.168.1.7\t1\t203.0.113.83\t443\ttcp\t203.0.113.83\tLIVE\tF\n");
}

TEST(Annotate, a_header_without_a_column_that_was_named_ends_the_run) {
  const Annotated all =
      run_of("From,To\n192.168.1.7,203.0.113.83\n",
             {.settings = {.columns = "source=From,destination=Too", .timezone = "UTC"}});
  ASSERT_FALSE(all.ended.ok());
  EXPECT_EQ(all.ended.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(all.ended.error().message, HasSubstr("no column \"Too\""));
  EXPECT_EQ(all.text, "");
}

TEST(Annotate, lines_of_no_format_pass_octet_by_octet_and_are_counted) {
  const std::string log = "\n\x01\xFF nonsense\r\n" + packet("203.0.113.83") + "\r\nlast";
  const Annotated all = annotated(log);
  EXPECT_EQ(all.text, "\n\x01\xFF nonsense\r\n" + packet("203.0.113.83") +
                          " name=203.0.113.83 verdict=LIVE\r\nlast");
  EXPECT_EQ(all.counts.lines, 4U);
  EXPECT_EQ(all.counts.unknown, 3U);
  EXPECT_EQ(summary_of(all.counts), "4 lines: netfilter 1, unknown 3; named 1");
}

TEST(Annotate, the_summary_tells_what_other_hosts_were_told_apart_from_no_name) {
  AnnotateCounts counts;
  counts.lines = counts.formats["netfilter"] = 3;
  counts.named = counts.of_others = counts.unnamed = 1;
  EXPECT_EQ(summary_of(counts),
            "3 lines: netfilter 3; named 1, told to other hosts only 1, without a name 1");
}

TEST(Annotate, behind_the_summary_of_a_described_log_stands_that_no_line_was_as_described) {
  AnnotateCounts counts;
  counts.lines = counts.unknown = 3;
  EXPECT_EQ(mismatch_of(counts, {.columns = "source=1,destination=2"}),
            "; none could be read as --columns says, addresses and time");
  EXPECT_EQ(mismatch_of(counts, {.regex = "(?P<client>a)(?P<address>b)"}),
            "; none could be read as --regex says, addresses and time");
  EXPECT_EQ(mismatch_of(counts, {}), "") << "nobody said what they are";
  EXPECT_EQ(mismatch_of({}, {.columns = "source=1,destination=2"}), "") << "there was none";
  counts.unnamed = 1;
  EXPECT_EQ(mismatch_of(counts, {.columns = "source=1,destination=2"}), "") << "one was";
}

TEST(Annotate, json_with_a_record_for_a_text_stays_json) {
  const std::string event =
      R"({"__REALTIME_TIMESTAMP":"1642696860000000","MESSAGE":"[X]IN=eth0 OUT=eth1 )"
      R"(SRC=192.168.1.10 DST=93.184.216.34 PROTO=TCP","_HOSTNAME":"fw"})";
  for (const std::string& line : {event, "\t" + event + " ", "{ " + event.substr(1)}) {
    // Also behind a line that made netfilter's reader the first to be tried.
    const Annotated all = annotated(packet("203.0.113.83") + "\n" + line + "\n");
    EXPECT_TRUE(all.text.ends_with("LIVE\n" + line + "\n")) << all.text;
    EXPECT_EQ(summary_of(all.counts), "2 lines: netfilter 1, unknown 1; named 1");
  }
  EXPECT_EQ(annotated("{drop} " + packet("203.0.113.83")).text,
            "{drop} " + packet("203.0.113.83") + " name=203.0.113.83 verdict=LIVE as_of=now");
}

TEST(Annotate, json_behind_the_header_of_syslog_stays_json_behind_it) {
  const std::string event =
      R"({"timestamp":"2026-11-23T14:21:46+0000","event_type":"flow","src_ip":"192.168.1.7",)"
      R"("dest_ip":"203.0.113.83","proto":"TCP")";
  for (const std::string header :
       {"Nov 23 14:21:46 fw suricata[1]: ", "2026-11-23T14:21:46,123+00:00 fw suricata[1]: ",
        R"(<13>1 2026-11-23T14:21:46Z fw suricata 1 - [x@1 id="{9}"] )"}) {
    const std::string text = annotated(header + event + "}\n").text;
    EXPECT_TRUE(text.starts_with(header + event + R"(,"etymon":{"name":"203.0.113.83",)")) << text;
    EXPECT_TRUE(text.ends_with("}}\n")) << text;
  }
}

TEST(Annotate, a_line_beyond_all_measure_passes_unread) {
  const std::string giant = packet("203.0.113.83") + std::string(300'000, 'x') + "\n";
  const Annotated all = annotated(giant + packet("203.0.113.84") + "\n");
  EXPECT_EQ(all.text, giant + packet("203.0.113.84") + " name=203.0.113.84 verdict=LIVE\n");
  EXPECT_EQ(all.counts.lines, 2U);
  EXPECT_EQ(all.counts.too_long, 1U);
}

TEST(Annotate, lines_keep_their_order_over_many_groups) {
  std::string log;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string address = "203.0." + std::to_string(i / 200) + "." + std::to_string(i % 200);
    log += packet(address) + "\nother " + std::to_string(i) + "\n";
    expected +=
        packet(address) + " name=" + address + " verdict=LIVE\nother " + std::to_string(i) + "\n";
  }
  EXPECT_EQ(annotated(log).text, expected);
}

TEST(Annotate, equal_questions_are_asked_once_when_their_moment_has_passed) {
  const std::string old = packet("203.0.113.83") + "\n";
  const std::string fresh = packet("203.0.113.83", "Nov 25 11:59:59") + "\n";
  EXPECT_EQ(annotated(old + old + old).counts.asked, 1U);
  EXPECT_EQ(annotated(fresh + fresh + fresh).counts.asked, 3U);
  EXPECT_EQ(annotated(old + packet("203.0.113.84") + "\n" +
                      packet("203.0.113.83", "Nov 23 14:21:47") + "\n")
                .counts.asked,
            3U);
}

TEST(Annotate, a_line_without_a_time_is_asked_about_as_of_now) {
  const Annotated all = annotated(packet("203.0.113.83", "[ 12.3]") + "\n");
  EXPECT_EQ(all.counts.without_time, 1U);
  EXPECT_EQ(summary_of(all.counts),
            "1 line: netfilter 1; named 1; without a time, asked about as of now: 1");
}

// Their own time is too late: a name may have been delivered between the beginning and the event.
TEST(Annotate, lines_of_conntrack_that_do_not_tell_the_beginning_are_counted) {
  const std::string tuple =
      " tcp      6 src=192.168.1.7 dst=203.0.113.83 sport=51514 dport=443 src=203.0.113.83 "
      "dst=198.51.100.2 sport=443 dport=51514";
  const Annotated all = annotated("[1795443706.1]\t    [NEW]" + tuple + "\n" +  //
                                  "[1795443707.1]\t [UPDATE]" + tuple + "\n" +  //
                                  "[1795443766.1]\t[DESTROY]" + tuple + "\n" +  //
                                  "[1795443766.1]\t[DESTROY]" + tuple + " delta-time=60\n" +
                                  "[DESTROY]" + tuple + "\n");
  EXPECT_EQ(all.counts.began_before, 2U);
  EXPECT_EQ(summary_of(all.counts),
            "5 lines: conntrack 5; named 5; without a time, asked about as of now: 1, without a "
            "beginning, asked about as of a later event: 2");
}

TEST(Annotate, as_objects_every_line_is_json) {
  const Annotated all =
      annotated(packet("203.0.113.83") + "\n\"x\xFF\n" + std::string(200'000, 'y') + "\n",
                {.output = AnnotateOutput::kJson});
  EXPECT_THAT(all.text, HasSubstr(R"({"format":"netfilter","etymon":{"name":"203.0.113.83",)"));
  EXPECT_THAT(all.text, HasSubstr(R"(DPT=443"})"));
  EXPECT_THAT(all.text, HasSubstr(R"({"format":"unknown","line":"\"x\ufffd"})"));
  EXPECT_THAT(all.text, HasSubstr(R"({"format":"unknown","cut":true,"line":"yyyy)"));
  EXPECT_EQ(std::ranges::count(all.text, '\n'), 3);
}

TEST(Annotate, who_writes_one_line_gets_it_back_before_the_next) {
  testing::ManualClock clock;
  const auto recognizer = *logs::Recognizer::create({.timezone = "UTC"}, clock);
  Pipe pipe;
  const LookupServer server = echo_server();
  LineReader lines(pipe.reading(), kLogLineMax);
  int written = 0;
  pipe.write(packet("203.0.113.83") + "\n");
  const AnnotateSink sink{[&](std::string_view) {
                            ++written < 3 ? pipe.write(packet("203.0.113.84") + "\n") : pipe.end();
                            return Status();
                          },
                          [](uint64_t) {}};
  EXPECT_TRUE(annotate({lines, server, *recognizer, clock}, AnnotateOutput::kInPlace, sink).ok());
  EXPECT_EQ(written, 3);
}

// Many addresses, and the log as it comes back.
struct LongLog {
  explicit LongLog(int lines) {
    for (int i = 0; i < lines; ++i) {
      const std::string address =
          "203.0." + std::to_string(i / 200) + "." + std::to_string(i % 200);
      text += packet(address) + "\n";
      expected += packet(address) + " name=" + address + " verdict=LIVE\n";
    }
  }

  std::string text;
  std::string expected;
};

TEST(Annotate, a_server_that_is_not_there_ends_the_run_before_a_line_is_read) {
  testing::ManualClock clock;
  const auto recognizer = *logs::Recognizer::create({.timezone = "UTC"}, clock);
  Pipe pipe;  // never ended
  const LookupServer server{[] {
                              auto stream = std::make_unique<EchoStream>();
                              stream->end_after(0);
                              return stream;
                            },
                            [](Milliseconds) { return false; }};
  LineReader lines(pipe.reading(), kLogLineMax);
  pipe.write(packet("203.0.113.83") + "\n");
  const AnnotateSink sink{[](std::string_view) { return Status(); }, [](uint64_t) {}};
  const auto counts = annotate({lines, server, *recognizer, clock}, AnnotateOutput::kInPlace, sink);
  ASSERT_FALSE(counts.ok());
  EXPECT_EQ(counts.error().message, "the server went away");
  ASSERT_TRUE(lines.fill().ok());
  EXPECT_EQ(lines.next()->text, packet("203.0.113.83"));
}

TEST(Annotate, streams_that_end_cost_no_line_and_no_answer) {
  const LongLog log(20'000);
  size_t opened = 0;
  const LookupServer server{[&] {
                              auto stream = std::make_unique<EchoStream>();
                              stream->answer_only(++opened % 3 + 1);
                              return stream;
                            },
                            [](Milliseconds) { return true; }};
  const Annotated all = annotated(log.text, {.server = server});
  EXPECT_EQ(all.text, log.expected);
  EXPECT_EQ(all.counts.named, 20'000U);
  EXPECT_EQ(all.counts.errors, 0U);
  EXPECT_GT(opened, 20U);
}

TEST(Annotate, of_a_server_that_goes_for_good_all_lines_come_out_and_are_counted_as_errors) {
  const LongLog log(20'000);
  size_t opened = 0;
  size_t looked_for = 0;
  const LookupServer server{[&] {
                              auto stream = std::make_unique<EchoStream>();
                              stream->answer_only(++opened < 3 ? 4 : 0);
                              return stream;
                            },
                            [&](Milliseconds) { return ++looked_for == 1; }};
  // The clock of the run stands still: within a second nobody looks twice.
  const Annotated all = annotated("first\n" + log.text, {.server = server});
  EXPECT_EQ(std::ranges::count(all.text, '\n'), 20'001);
  EXPECT_EQ(all.counts.lines, 20'001U);
  EXPECT_GT(all.counts.named, 0U);
  EXPECT_EQ(all.counts.named + all.counts.errors, 20'000U);
  EXPECT_TRUE(
      all.text.ends_with(packet("203.0.99.199") + " verdict=ERROR reason=SERVER_UNREACHABLE\n"));
  EXPECT_EQ(looked_for, 2U);
}

TEST(Annotate, a_server_that_ends_each_stream_at_once_is_not_asked_again_and_again) {
  const LongLog log(20'000);
  size_t opened = 0;
  const LookupServer server{[&] {
                              auto stream = std::make_unique<EchoStream>();
                              stream->answer_only(++opened == 1 ? 1 : 0);
                              return stream;
                            },
                            [](Milliseconds) { return true; }};
  const Annotated all = annotated(log.text, {.server = server});
  EXPECT_EQ(all.counts.errors, 20'000U);
  EXPECT_EQ(opened, 2U);
}

// One line after the other, each written when the one before has come back.
TEST(Annotate, a_server_that_comes_back_answers_the_lines_from_then_on_also_what_was_asked_before) {
  testing::ManualClock clock(parse_time("2026-11-25T12:00:00Z", WallTime())->start);
  const auto recognizer = *logs::Recognizer::create({.timezone = "UTC"}, clock);
  Pipe pipe;
  bool is_there = true;
  size_t opened = 0;
  const LookupServer server{[&] {
                              auto stream = std::make_unique<EchoStream>();
                              stream->answer_only(++opened == 2 ? 1 : SIZE_MAX);
                              return stream;
                            },
                            [&](Milliseconds) { return is_there; }};
  LineReader lines(pipe.reading(), kLogLineMax);
  std::vector<std::string> back;
  const auto next_line = [&](std::string_view line) {
    back.emplace_back(line.substr(line.find(" name=") == std::string_view::npos
                                      ? line.find(" verdict=")
                                      : line.find(" name=")));
    is_there = back.size() > 2;
    clock.advance(Seconds(2));
    back.size() < 4 ? pipe.write(packet("203.0.113.84") + "\n") : pipe.end();
    return Status();
  };
  pipe.write(packet("203.0.113.83") + "\n");
  const auto counts = annotate({lines, server, *recognizer, clock}, AnnotateOutput::kInPlace,
                               {next_line, [](uint64_t) {}});
  ASSERT_TRUE(counts.ok());
  EXPECT_THAT(back, ::testing::ElementsAre(" name=203.0.113.83 verdict=LIVE\n",
                                           " verdict=ERROR reason=SERVER_UNREACHABLE\n",
                                           " verdict=ERROR reason=SERVER_UNREACHABLE\n",
                                           " name=203.0.113.84 verdict=LIVE\n"));
  EXPECT_EQ(counts->errors, 2U);
}

TEST(Annotate, an_output_that_takes_no_more_ends_the_run) {
  testing::ManualClock clock;
  const auto recognizer = *logs::Recognizer::create({.timezone = "UTC"}, clock);
  Pipe pipe;  // never ended: only cancelling ends the wait for more lines
  const LookupServer server = echo_server();
  LineReader lines(pipe.reading(), kLogLineMax);
  pipe.write(packet("203.0.113.83") + "\n");
  const AnnotateSink sink{[](std::string_view) {
                            return Status(Error{ErrorCode::kIo, "no room"});
                          },
                          [](uint64_t) {}};
  const auto counts = annotate({lines, server, *recognizer, clock}, AnnotateOutput::kInPlace, sink);
  ASSERT_FALSE(counts.ok());
  EXPECT_EQ(counts.error().message, "no room");
}

TEST(AnswerMemory, does_not_keep_what_was_not_answered) {
  AnswerMemory memory;
  const QuestionKey key{.address = IpAddress::v4(1)};
  const auto first = std::make_shared<Annotation>();
  memory.remember(key, first);
  first->unanswered = true;
  EXPECT_EQ(memory.find(key), nullptr);
  const auto second = std::make_shared<Annotation>();
  memory.remember(key, second);
  EXPECT_EQ(memory.find(key), second);
}

TEST(AnswerMemory, is_bounded_and_keeps_what_was_needed_last) {
  AnswerMemory memory;
  const auto key = [](uint32_t i) { return QuestionKey{.address = IpAddress::v4(i)}; };
  const auto first = std::make_shared<Annotation>();
  memory.remember(key(0), first);
  for (uint32_t i = 1; i < 4 * AnswerMemory::kRememberedMax; ++i) {
    memory.remember(key(i), nullptr);
    EXPECT_EQ(memory.find(key(0)), first) << i;
    if (i % 1000 != 0) {
      i += 7;
    }
  }
  EXPECT_EQ(memory.find(key(1)), nullptr);
  EXPECT_LE(first.use_count(), 3);  // ours, and one in each generation at the most
}

}  // namespace
}  // namespace etymon::cli

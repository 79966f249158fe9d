// Captures on their way to the server.
#include "api/cli/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "api/cli/file_lines.h"
#include "api/cli/moments.h"
#include "tests/support/fakes.h"
#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Takes everything, or nothing.
class RecordingStream final : public IngestStream {
 public:
  bool write(const v1::IngestRequest& request) override {
    requests.push_back(request);
    return !gone;
  }
  Result<v1::IngestResponse> finish() override {
    if (gone) {
      return Error{ErrorCode::kUnavailable, "the server went away"};
    }
    return v1::IngestResponse();
  }

  std::vector<v1::IngestRequest> requests;
  bool gone = false;
};

// A stream of its own for each call, all into one.
class Forwarding final : public IngestStream {
 public:
  explicit Forwarding(RecordingStream& to) : to_(to) {}
  bool write(const v1::IngestRequest& request) override { return to_.write(request); }
  Result<v1::IngestResponse> finish() override { return to_.finish(); }

 private:
  RecordingStream& to_;
};

// delivery(), as `etymon export` writes it, and a span.
constexpr const char* kExported =
    R"({"at":"2023-11-14T22:13:20Z","client":"10.0.0.7","name":"www.example.com","type":28,)"
    R"("chain":["edge.example.net"],"addresses":[{"address":"2001:db8::1","via":"VIA_AAAA"}],)"
    R"("rebinding":true,"withheld":["10.0.0.1","fd00::1"],"forwarder":"10.0.0.2",)"
    R"("rcode":0,"validity_s":60,"upstream":"192.0.2.53:53","transport":"TRANSPORT_TCP","new":1})";
constexpr const char* kCovered =
    R"({"covered":{"start":"2023-11-14T22:13:20Z","end":"2023-11-14T23:13:20Z"}})";
constexpr const char* kQueryLog =
    "Nov 14 22:13:20 gw dnsmasq[3001]: 7 10.0.0.7/5000 query[A] a.example from 10.0.0.7\n"
    "Nov 14 22:13:21 gw dnsmasq[3001]: 7 10.0.0.7/5000 reply a.example is 192.0.2.1\n";

capture::ObservedDelivery delivery();

// Little-endian numbers, as most capture files have them.
std::string le32(uint32_t value) {
  std::string octets;
  for (int shift = 0; shift < 32; shift += 8) {
    octets += static_cast<char>(value >> shift);
  }
  return octets;
}

// A pcap file of Ethernet frames that hold nothing of interest, one a second.
std::string capture_of_frames(uint32_t first_second, int frames) {
  std::string file = le32(0xA1B2C3D4) + std::string("\x02\x00\x04\x00", 4) + le32(0) + le32(0) +
                     le32(65'535) + le32(1);
  for (int i = 0; i < frames; ++i) {
    const std::string frame(60, '\0');
    file += le32(first_second + static_cast<uint32_t>(i)) + le32(0) + le32(60) + le32(60) + frame;
  }
  return file;
}

std::string be16(size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

// Ethernet, IPv4, UDP from port 53 around a response that "www.example" has no address: 71 octets.
std::string response_frame() {
  const std::string message =
      std::string("\x12\x34\x81\x80\0\x01\0\0\0\0\0\0", 12) + std::string(
                                                                  "\x03www\x07"
                                                                  "example\0\0\x01\0\x01",
                                                                  17);
  const std::string datagram = be16(53) + be16(4000) + be16(8 + message.size()) + be16(0) + message;
  return std::string(12, '\x02') + "\x08" + std::string(1, '\0') + "\x45" + std::string(1, '\0') +
         be16(20 + datagram.size()) + std::string(4, '\0') + "\x40\x11" + std::string(2, '\0') +
         "\xC6\x33\x64\x35\x0A" + std::string(2, '\0') + "\x07" + datagram;
}

// What `tcpdump -s` writes: of each response, one a second, so many octets.
std::string capture_of_responses(uint32_t first_second, const std::vector<size_t>& kept) {
  std::string file = capture_of_frames(0, 0);
  const std::string frame = response_frame();
  for (const size_t octets : kept) {
    file += le32(first_second++) + le32(0) + le32(static_cast<uint32_t>(octets)) +
            le32(static_cast<uint32_t>(frame.size())) + frame.substr(0, octets);
  }
  return file;
}

// Goes on by so much whenever somebody looks at it.
class RunningClock final : public Clock {
 public:
  explicit RunningClock(Microseconds step) : step_(step) {}
  WallTime wall() const override { return now_ += step_; }
  MonotonicTime monotonic() const override { return {}; }

 private:
  const Microseconds step_;
  mutable WallTime now_{Seconds(1'800'000'000)};
};

class Import : public ::testing::Test {
 protected:
  Result<ImportSummary> import(const std::string& content, const Clock& clock = RunningClock({})) {
    const std::string path = folder_.path() + "/file";
    std::ofstream(path, std::ios::binary) << content;
    const ImportSource source{path, clock};
    return import_file(
        source, [this] { return std::make_unique<Forwarding>(stream_); }, [](uint64_t) {});
  }

  // What the import said was wrong with the file.
  std::string fault_of(const std::string& content, const Clock& clock = RunningClock({})) {
    const auto summary = import(content, clock);
    EXPECT_TRUE(summary.ok());
    return summary.ok() && !summary->ended ? summary->ended.error().message : "";
  }

  std::vector<v1::ObservedDelivery> deliveries() const {
    std::vector<v1::ObservedDelivery> all;
    for (const v1::IngestRequest& request : stream_.requests) {
      all.insert(all.end(), request.deliveries().begin(), request.deliveries().end());
    }
    return all;
  }

  std::vector<v1::TimeSpan> covered() const {
    std::vector<v1::TimeSpan> all;
    for (const v1::IngestRequest& request : stream_.requests) {
      if (request.has_covered()) {
        all.push_back(request.covered());
      }
    }
    return all;
  }

  testing::TemporaryFolder folder_;
  RecordingStream stream_;
};

TEST_F(Import, the_span_of_a_capture_becomes_coverage_even_without_answers) {
  const auto summary = import(capture_of_frames(1'700'000'000, 3));
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->ended.ok());
  EXPECT_EQ(summary->counters.frames, 3U);
  ASSERT_EQ(stream_.requests.size(), 1U);
  EXPECT_EQ(stream_.requests[0].covered().start().seconds(), 1'700'000'000);
  EXPECT_EQ(stream_.requests[0].covered().end().seconds(), 1'700'000'002);
}

TEST_F(Import, a_capture_without_a_part_of_a_response_does_not_cover_its_moment) {
  const size_t all = response_frame().size();
  const auto summary = import(capture_of_responses(1'700'000'000, {all, all, all - 2, all, all}));
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->ended.ok());
  EXPECT_EQ(summary->counters.responses, 5U);
  EXPECT_EQ(summary->gaps, 1U);
  ASSERT_EQ(covered().size(), 2U);
  EXPECT_EQ(covered()[0].start().seconds(), 1'700'000'000);
  EXPECT_EQ(covered()[0].end().seconds(), 1'700'000'001);
  EXPECT_EQ(covered()[0].end().nanos(), 999'999'000);
  EXPECT_EQ(covered()[1].start().seconds(), 1'700'000'002);
  EXPECT_EQ(covered()[1].start().nanos(), 1'000);
  EXPECT_EQ(covered()[1].end().seconds(), 1'700'000'004);
  EXPECT_EQ(stream_.requests.size(), 3U) << "the deliveries come first";
}

TEST_F(Import, a_capture_that_says_it_lacks_frames_does_not_cover_their_time) {
  const testing::PcapngBlocks blocks;
  const WallTime at{Seconds(1'700'000'000)};
  const auto summary =
      import(blocks.section() + blocks.interface() + blocks.frame(0, at, response_frame()) +
             blocks.statistics(0, at, blocks.option(5, blocks.u64(3))));
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->ended.ok());
  EXPECT_EQ(deliveries().size(), 1U);
  EXPECT_TRUE(covered().empty());
  EXPECT_EQ(summary->drops, 1U);
}

TEST_F(Import, a_capture_of_whole_responses_covers_its_span_in_one) {
  const size_t all = response_frame().size();
  const auto summary = import(capture_of_responses(1'700'000'000, {all, all, all}));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->gaps, 0U);
  ASSERT_EQ(covered().size(), 1U);
  EXPECT_EQ(covered()[0].end().seconds(), 1'700'000'002);
}

TEST_F(Import, a_capture_whose_clock_was_ahead_covers_the_past_of_its_pieces) {
  const size_t all = response_frame().size();
  EXPECT_THAT(fault_of(capture_of_responses(1'799'999'998, {all, all - 2, all, all, all - 2, all})),
              HasSubstr("clock was ahead"));
  ASSERT_EQ(covered().size(), 2U);
  EXPECT_EQ(covered()[1].end().seconds(), 1'800'000'000);
  EXPECT_EQ(covered()[1].end().nanos(), 0);
}

TEST_F(Import, what_is_written_while_it_is_read_is_not_from_the_future) {
  const size_t all = response_frame().size();
  EXPECT_EQ(fault_of(capture_of_responses(1'800'000'002, {all, all}), RunningClock(Seconds(1))),
            "");
  ASSERT_EQ(covered().size(), 1U);
  EXPECT_EQ(covered()[0].end().seconds(), 1'800'000'003);
  const std::string asked = "2027-01-15T08:00:02Z gw dnsmasq[1]: 7 10.0.0.1/5 ";
  const std::string log =
      asked + "query[A] a.example from 10.0.0.1\n" + asked + "reply a.example is 192.0.2.1\n";
  EXPECT_EQ(fault_of(log, RunningClock(Seconds(2))), "");
  const std::string exported =
      R"({"at":"2027-01-15T08:00:02Z","client":"10.0.0.7","name":"a.example","type":1})";
  EXPECT_EQ(fault_of(exported + "\n", RunningClock(Seconds(2))), "");
}

TEST_F(Import, time_that_passes_while_a_capture_is_read_covers_no_answer_that_was_left_out) {
  const size_t all = response_frame().size();
  EXPECT_THAT(fault_of(capture_of_responses(1'800'000'025, {all}), RunningClock(Seconds(10))),
              HasSubstr("left out, 1 answers"));
  EXPECT_THAT(covered(), ::testing::IsEmpty());
}

TEST_F(Import, what_is_sound_of_a_damaged_capture_is_imported) {
  std::string cut = capture_of_frames(1'700'000'000, 3);
  cut.resize(cut.size() - 10);
  const auto summary = import(cut);
  ASSERT_TRUE(summary.ok());
  EXPECT_FALSE(summary->ended.ok());
  ASSERT_EQ(stream_.requests.size(), 1U);
  EXPECT_EQ(stream_.requests[0].covered().end().seconds(), 1'700'000'001);
}

TEST_F(Import, of_a_capture_whose_clock_was_ahead_the_past_counts_and_the_rest_is_told) {
  EXPECT_THAT(fault_of(capture_of_frames(1'799'999'999, 3)), HasSubstr("clock was ahead"));
  ASSERT_EQ(covered().size(), 1U);
  EXPECT_EQ(covered()[0].end().seconds(), 1'800'000'000);
  stream_.requests.clear();
  EXPECT_THAT(fault_of(capture_of_frames(1'800'000'001, 3)), HasSubstr("clock was ahead"));
  EXPECT_TRUE(stream_.requests.empty());
}

TEST_F(Import, of_what_is_neither_capture_nor_export_nor_log_nothing_is_sent) {
  EXPECT_THAT(fault_of("this is no capture at all, but a text of some length"),
              HasSubstr("/file: neither a capture, nor an export of ours, nor a log of dnsmasq"));
  EXPECT_THAT(fault_of(std::string("\x7f\x45\x4c\x46\x01\x02\x03\x04", 8)), HasSubstr("/file: "));
  EXPECT_TRUE(stream_.requests.empty());
}

TEST_F(Import, an_export_of_nothing_is_sound) {
  for (const char* empty : {"", "\n", " \r\n\t", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(fault_of(empty), "");
  }
  EXPECT_TRUE(stream_.requests.empty());
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  close(ends[1]);
  const std::string path = "/dev/fd/" + std::to_string(ends[0]);
  const auto summary = import_file(
      {path, RunningClock({})}, [this] { return std::make_unique<Forwarding>(stream_); },
      [](uint64_t) {});
  close(ends[0]);
  EXPECT_TRUE(summary.ok() && summary->ended && summary->lines == 0);
}

TEST_F(Import, what_cannot_be_read_is_no_export_of_nothing) {
  const auto summary = import_file(
      {folder_.path(), RunningClock({})}, [this] { return std::make_unique<Forwarding>(stream_); },
      [](uint64_t) {});
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(summary->ended ? "" : summary->ended.error().message, HasSubstr("Is a directory"));
}

TEST_F(Import, blanks_and_a_byte_order_mark_before_a_text_hide_nothing) {
  EXPECT_EQ(fault_of("\xEF\xBB\xBF" + std::string(kExported)), "");
  EXPECT_EQ(fault_of("\n \r\n " + std::string(kExported)), "");
  EXPECT_EQ(fault_of("\xEF\xBB\xBF" + std::string(kQueryLog)), "");
  EXPECT_EQ(fault_of("\n" + std::string(kQueryLog)), "");
  EXPECT_EQ(deliveries().size(), 4U);
  EXPECT_THAT(fault_of("\n{}"), HasSubstr("line 2: "));
}

TEST_F(Import, a_pcapng_file_is_a_capture_though_it_begins_with_line_breaks) {
  // Section header and interface description, of Ethernet, and no packet.
  const std::string header = le32(0x0A0D0D0A) + le32(28) + le32(0x1A2B3C4D) + le32(1) +
                             le32(0xFFFFFFFF) + le32(0xFFFFFFFF) + le32(28);
  const std::string interface = le32(1) + le32(20) + le32(1) + le32(0) + le32(20);
  EXPECT_EQ(fault_of(header + interface), "");
}

TEST_F(Import, a_file_that_is_not_there_is_told) {
  const RunningClock clock({});
  const ImportSource source{folder_.path() + "/none", clock};
  const auto summary = import_file(
      source, [this] { return std::make_unique<Forwarding>(stream_); }, [](uint64_t) {});
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(summary->ended.error().message, HasSubstr("/none: No such file"));
  EXPECT_FALSE(summary->opened);
}

TEST_F(Import, a_server_that_goes_away_is_the_error) {
  stream_.gone = true;
  for (const std::string& content :
       {capture_of_frames(1'700'000'000, 3), std::string(kExported) + "\n"}) {
    const auto summary = import(content);
    ASSERT_FALSE(summary.ok());
    EXPECT_EQ(summary.error().message, "the server went away");
  }
}

TEST_F(Import, an_export_of_ours_comes_back_as_it_was) {
  EXPECT_EQ(fault_of(std::string(kExported) + "\r\n\n" + kCovered + "\n"), "");
  ASSERT_EQ(deliveries().size(), 1U);
  EXPECT_EQ(deliveries()[0].SerializeAsString(), to_proto(delivery()).SerializeAsString());
  ASSERT_EQ(covered().size(), 1U);
  EXPECT_EQ(covered()[0].start().seconds(), 1'700'000'000);
}

TEST_F(Import, a_delivery_of_another_class_comes_back_in_that_class) {
  capture::ObservedDelivery chaos = delivery();
  chaos.answer.question.klass = RecordClass::kChaos;
  EXPECT_EQ(to_proto(chaos).qclass(), 3U);
  EXPECT_FALSE(to_proto(delivery()).has_qclass());
  std::string exported = kExported;
  exported.insert(exported.find(R"("rcode")"), R"("qclass":3,)");
  EXPECT_EQ(fault_of(exported + "\n"), "");
  ASSERT_EQ(deliveries().size(), 1U);
  EXPECT_EQ(deliveries()[0].SerializeAsString(), to_proto(chaos).SerializeAsString());
}

TEST_F(Import, an_export_with_gaps_covers_each_of_its_spans) {
  const std::string later =
      R"({"covered":{"start":"2023-11-15T00:00:00Z","end":"2023-11-15T01:00:00Z"}})";
  EXPECT_EQ(fault_of(std::string(kCovered) + "\n" + later + "\n" + kExported), "");
  EXPECT_EQ(covered().size(), 2U);
  EXPECT_TRUE(stream_.requests[0].deliveries_size() == 1 && !stream_.requests[0].has_covered())
      << "the deliveries come first";
}

TEST_F(Import, what_a_watch_told_is_imported_and_its_gaps_are_passed_over) {
  const std::string gap =
      R"({"gap":{"start":"2023-11-14T22:13:21Z","end":"2023-11-14T22:13:22Z"}})";
  EXPECT_EQ(fault_of(gap + "\n" + kExported + "\n" + gap + "\n"), "");
  EXPECT_EQ(deliveries().size(), 1U);
  EXPECT_TRUE(covered().empty());
}

TEST_F(Import, what_is_sound_of_a_hostile_export_is_imported_and_covers_nothing) {
  const std::vector<std::string> wrong = {
      "{",
      "{}",
      R"({"at":"2023-11-14T22:13:20Z","client":"10.0.0.7"})",
      R"({"at":"2099-11-14T22:13:20Z","client":"10.0.0.7","name":"a.example"})",
      R"({"at":"2023-11-14T22:13:20Z","client":"10.0.0.700","name":"a.example"})",
      R"({"at":"2023-11-14T22:13:20Z","client":"10.0.0.7","name":"a..example"})",
      R"({"at":"2023-11-14T22:13:20Z","client":"10.0.0.7","name":"a","rcode":5000})",
      R"({"at":"2023-11-14T22:13:20Z","client":"10.0.0.7","name":"a","qclass":65536})",
      R"({"at":"2023-11-14T22:13:20Z","client":"10.0.0.7","name":"a","addresses":[{}]})",
      R"({"at":"2023-11-14T22:13:20Z","client":"10.0.0.7","name":"a","upstream":"x"})",
      R"({"covered":{"start":"2023-11-15T00:00:00Z"}})",
      std::string(FileLines::kLineMax + 10, '{'),
      "not even JSON"};
  for (const std::string& line : wrong) {
    stream_.requests.clear();
    EXPECT_THAT(fault_of(std::string(kExported) + "\n" + line + "\n" + kCovered),
                HasSubstr("/file: line 2: "))
        << line.substr(0, 100);
    EXPECT_EQ(deliveries().size(), 1U);
    EXPECT_TRUE(covered().empty());
  }
}

TEST_F(Import, covered_spans_that_a_bad_line_leaves_out_are_told) {
  EXPECT_THAT(fault_of(std::string(kCovered) + "\n{}\n"),
              HasSubstr("; the other lines are in, but its covered spans are left out"));
  EXPECT_THAT(fault_of(std::string(kExported) + "\n{}\n"),
              ::testing::EndsWith("; the other lines are in"));
}

TEST_F(Import, faults_are_one_line_however_many) {
  const std::string fault = fault_of("{}\n{}\n{}\n");
  EXPECT_THAT(fault, HasSubstr("line 1: "));
  EXPECT_THAT(fault, HasSubstr("(and 2 more)"));
  EXPECT_EQ(fault.find('\n'), std::string::npos);
}

TEST_F(Import, a_dnsmasq_log_becomes_deliveries_and_no_coverage) {
  EXPECT_EQ(fault_of(kQueryLog), "");
  ASSERT_EQ(deliveries().size(), 1U);
  EXPECT_EQ(deliveries()[0].name(), "a.example");
  EXPECT_TRUE(covered().empty());
}

capture::ObservedDelivery delivery() {
  capture::ObservedDelivery observed;
  observed.at = WallTime(Seconds(1'700'000'000));
  observed.client = *IpAddress::from_text("10.0.0.7");
  observed.transport = Transport::kTcp;
  observed.answer.question.name = *DomainName::from_text("www.example.com");
  observed.answer.question.type = RecordType::kAaaa;
  observed.answer.chain = {*DomainName::from_text("www.example.com"),
                           *DomainName::from_text("edge.example.net")};
  observed.answer.addresses = {{*IpAddress::from_text("2001:db8::1"), Via::kAaaa}};
  observed.answer.upstream = *Endpoint::from_text("192.0.2.53:53");
  observed.answer.rebinding = true;
  observed.answer.withheld = {*IpAddress::from_text("10.0.0.1"), *IpAddress::from_text("fd00::1")};
  observed.validity_s = 60;
  observed.forwarder = *IpAddress::from_text("10.0.0.2");
  return observed;
}

TEST(ToProto, tells_all_of_a_delivery) {
  const v1::ObservedDelivery message = to_proto(delivery());
  EXPECT_EQ(message.at().seconds(), 1'700'000'000);
  EXPECT_EQ(message.client(), "10.0.0.7");
  EXPECT_EQ(message.name(), "www.example.com");
  EXPECT_EQ(message.type(), 28U);
  EXPECT_THAT(message.chain(), ElementsAre("edge.example.net"));
  ASSERT_EQ(message.addresses_size(), 1);
  EXPECT_EQ(message.addresses(0).address(), "2001:db8::1");
  EXPECT_EQ(message.addresses(0).via(), v1::VIA_AAAA);
  EXPECT_EQ(message.rcode(), 0U);
  EXPECT_EQ(message.validity_s(), 60U);
  EXPECT_EQ(message.upstream(), "192.0.2.53:53");
  EXPECT_EQ(message.transport(), v1::TRANSPORT_TCP);
  EXPECT_TRUE(message.rebinding());
  EXPECT_THAT(message.withheld(), ElementsAre("10.0.0.1", "fd00::1"));
  EXPECT_EQ(message.forwarder(), "10.0.0.2");
}

TEST(ToProto, keeps_to_the_limits_of_the_api) {
  capture::ObservedDelivery hostile = delivery();
  hostile.validity_s = UINT32_MAX;
  hostile.answer.upstream = Endpoint();
  hostile.answer.chain.resize(200, *DomainName::from_text("step.example"));
  for (uint32_t i = 0; i < 5000; ++i) {
    hostile.answer.addresses.push_back({IpAddress::v4(i), Via::kA});
  }
  const v1::ObservedDelivery message = to_proto(hostile);
  EXPECT_EQ(message.validity_s(), 2'147'483'647U);
  EXPECT_EQ(message.upstream(), "");
  EXPECT_EQ(message.chain_size(), 64);
  EXPECT_EQ(message.addresses_size(), 4096);
}

}  // namespace
}  // namespace etymon::cli

#include "api/cli/capture/capture_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/support/fakes.h"
#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::capture {
namespace {

using namespace etymon::testing;

constexpr WallTime kFirst{Microseconds(1'700'000'000'123'456)};
constexpr WallTime kSecond = kFirst + Seconds(5);

std::string response_frame(std::string_view asked) {
  return ethernet(ipv4(17, udp(53, 4000, simple_response(asked))));
}

std::vector<Frame> two_frames() {
  return {{kFirst, response_frame("a.example")}, {kSecond, response_frame("b.example")}};
}

class CaptureFile : public ::testing::Test {
 protected:
  Result<CaptureSummary> read(const std::string& content) {
    const std::string path = folder_.path() + "/test.pcap";
    std::ofstream(path, std::ios::binary) << content;
    return read_at(path);
  }
  Result<CaptureSummary> read_at(const std::string& path) {
    told_.clear();
    return read_capture(path, [this](const ObservedDelivery& delivery) -> Status {
      told_.push_back(delivery.answer.question.name.text() + " " + format(delivery.at));
      return {};
    });
  }
  static std::string format(WallTime at) { return std::to_string(at.time_since_epoch().count()); }

  TemporaryFolder folder_;
  std::vector<std::string> told_;
  const std::vector<std::string> both_ = {"a.example " + format(kFirst),
                                          "b.example " + format(kSecond)};
};

TEST_F(CaptureFile, reads_pcap_with_microseconds) {
  const auto summary = read(pcap_file(two_frames()));
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->ended.ok());
  EXPECT_EQ(told_, both_);
  EXPECT_EQ(summary->counters.deliveries, 2U);
}

TEST_F(CaptureFile, reads_pcap_with_nanoseconds) {
  ASSERT_TRUE(read(pcap_file(two_frames(), 1, kNanosecondMagic)).ok());
  EXPECT_EQ(told_, both_);
}

TEST_F(CaptureFile, reads_pcapng) {
  ASSERT_TRUE(read(pcapng_file(two_frames())).ok());
  EXPECT_EQ(told_, both_);
}

TEST_F(CaptureFile, reads_raw_ip) {
  const std::string packet = ipv4(17, udp(53, 4000, simple_response("a.example")));
  ASSERT_TRUE(read(pcap_file({{kFirst, packet}}, 101)).ok());
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(CaptureFile, covers_from_the_earliest_to_the_latest_frame) {
  std::vector<Frame> frames = two_frames();
  frames.push_back({kFirst - Seconds(1), "not even a frame"});
  const auto summary = read(pcap_file(frames));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->span, (TimeSpan{kFirst - Seconds(1), kSecond}));
}

Frame frame_at(WallTime at) {
  return {at, "frame"};
}

bool is_known(const CaptureSummary& summary, WallTime at) {
  return std::ranges::any_of(summary.whole,
                             [at](const TimeSpan& piece) { return piece.contains(at); });
}

TEST_F(CaptureFile, frames_from_1970_and_from_now_cover_nothing_between) {
  const auto summary = read(pcap_file({frame_at(WallTime()), frame_at(kFirst), frame_at(kSecond)}));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->whole, (std::vector<TimeSpan>{{WallTime(), WallTime()}, {kFirst, kSecond}}));
  EXPECT_EQ(summary->gaps, 1U);
  EXPECT_EQ(summary->runs, 2U);
}

TEST_F(CaptureFile, a_stray_time_among_the_others_covers_nothing_on_its_way) {
  const Seconds since_1970{1'700'000'000};
  for (const Seconds stray : {-since_1970, -Seconds(7200), Seconds(7200), Seconds(200'000)}) {
    const auto summary =
        read(pcap_file({frame_at(kFirst), frame_at(kFirst + Seconds(10)), frame_at(kFirst + stray),
                        frame_at(kFirst + Seconds(11)), frame_at(kFirst + Seconds(20))}));
    ASSERT_TRUE(summary.ok());
    EXPECT_FALSE(is_known(*summary, kFirst + stray / 2)) << stray.count();
    EXPECT_TRUE(is_known(*summary, kFirst + Seconds(5))) << stray.count();
    EXPECT_GT(summary->runs, 1U) << stray.count();
  }
}

TEST_F(CaptureFile, a_clock_set_back_leaves_out_what_it_tells_twice) {
  const auto summary = read(pcap_file({{kFirst, "frame"},
                                       {kFirst + Seconds(60), "frame"},
                                       {kFirst + Seconds(50), "frame"},
                                       {kFirst + Seconds(90), "frame"}}));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->whole, (std::vector<TimeSpan>{
                                {kFirst, kFirst + Seconds(50) - Microseconds(1)},
                                {kFirst + Seconds(60) + Microseconds(1), kFirst + Seconds(90)}}));
  EXPECT_EQ(summary->gaps, 1U);
}

TEST_F(CaptureFile, frames_a_little_out_of_their_order_leave_out_nothing) {
  const auto summary = read(pcap_file({{kFirst, "frame"},
                                       {kSecond, "frame"},
                                       {kSecond - Seconds(1), "frame"},
                                       {kSecond, "frame"}}));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->whole, (std::vector<TimeSpan>{{kFirst, kSecond}}));
  EXPECT_EQ(summary->runs, 1U);
}

TEST_F(CaptureFile, one_that_is_silent_for_weeks_covers_them) {
  const TimeSpan weeks{kFirst, kFirst + std::chrono::days(30)};
  const auto summary = read(pcap_file({{weeks.start, "frame"}, {weeks.end, "frame"}}));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->whole, (std::vector<TimeSpan>{weeks}));
}

TEST_F(CaptureFile, captures_put_together_cover_what_each_does_in_either_order) {
  const auto days = std::chrono::days(40);
  const std::vector<Frame> early = {{kFirst, "frame"}, {kSecond, "frame"}};
  const std::vector<Frame> late = {{kFirst + days, "frame"}, {kSecond + days, "frame"}};
  for (const bool late_first : {false, true}) {
    std::vector<Frame> both = late_first ? late : early;
    const std::vector<Frame>& other = late_first ? early : late;
    both.insert(both.end(), other.begin(), other.end());
    const auto summary = read(pcap_file(both));
    ASSERT_TRUE(summary.ok());
    EXPECT_EQ(summary->whole,
              (std::vector<TimeSpan>{{kFirst, kSecond}, {kFirst + days, kSecond + days}}));
    EXPECT_EQ(summary->gaps, 1U);
  }
}

TEST_F(CaptureFile, without_a_frame_covers_nothing) {
  const auto summary = read(pcap_file({}));
  ASSERT_TRUE(summary.ok());
  EXPECT_FALSE(summary->span);
  EXPECT_TRUE(summary->ended.ok());
}

TEST_F(CaptureFile, a_cut_file_tells_all_before_the_cut_and_that_it_is_cut) {
  const std::string whole = pcap_file(two_frames());
  const auto summary = read(whole.substr(0, whole.size() - 1));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(told_, std::vector<std::string>{both_[0]});
  EXPECT_EQ(summary->span, (TimeSpan{kFirst, kFirst}));
  ASSERT_FALSE(summary->ended.ok());
  EXPECT_EQ(summary->ended.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(summary->ended.error().message.find("after frame 1"), std::string::npos);
}

TEST_F(CaptureFile, a_file_cut_anywhere_is_read_without_harm) {
  for (const std::string& whole : {pcap_file(two_frames()), pcapng_file(two_frames())}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const auto summary = read(whole.substr(0, size));
      EXPECT_LE(told_.size(), 1U) << size;
      EXPECT_FALSE(!summary.ok() && summary.error().message.empty()) << size;
    }
  }
}

TEST_F(CaptureFile, an_impossible_time_is_damage) {
  std::string content = pcap_file(two_frames());
  const size_t second_frame = 24 + 16 + response_frame("a.example").size();
  content.replace(second_frame + 4, 4, le32(1'000'000));
  const auto summary = read(content);
  ASSERT_TRUE(summary.ok());
  EXPECT_FALSE(summary->ended.ok());
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(CaptureFile, a_missing_file_is_not_found) {
  const std::string path = folder_.path() + "/none.pcap";
  const auto summary = read_at(path);
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, ErrorCode::kNotFound);
  EXPECT_NE(summary.error().message.find(path), std::string::npos);
}

TEST_F(CaptureFile, what_is_no_capture_is_refused_by_name) {
  for (const char* content : {"", "just some text that is no capture"}) {
    const auto summary = read(content);
    ASSERT_FALSE(summary.ok());
    EXPECT_EQ(summary.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(summary.error().message.find("test.pcap"), std::string::npos);
  }
}

TEST_F(CaptureFile, a_link_type_that_cannot_be_read_is_named) {
  const auto summary = read(pcap_file(two_frames(), 105));
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(summary.error().message.find("IEEE802_11"), std::string::npos);
}

TEST_F(CaptureFile, the_error_of_the_sink_ends_the_reading) {
  const std::string path = folder_.path() + "/test.pcap";
  std::ofstream(path, std::ios::binary) << pcap_file(two_frames());
  int told = 0;
  const auto summary = read_capture(path, [&told](const ObservedDelivery&) -> Status {
    ++told;
    return Error{ErrorCode::kUnavailable, "the server is gone"};
  });
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace etymon::capture

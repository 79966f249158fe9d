// Files of pcapng blocks, as read_capture() takes them.
#include "api/cli/capture/pcapng_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "api/cli/capture/capture_file.h"
#include "tests/support/fakes.h"
#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::capture {
namespace {

using namespace etymon::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr WallTime kStart{Seconds(1'700'000'000)};
constexpr Microseconds kMoment{1};
constexpr uint16_t kEthernetLink = 1;
constexpr uint16_t kRawLink = 101;
constexpr uint16_t kWirelessLink = 105;  // one that we cannot read

// Options.
constexpr uint16_t kResolution = 9;
constexpr uint16_t kOffset = 14;
constexpr uint16_t kDroppedBefore = 4;
constexpr uint16_t kDroppedByInterface = 5;
constexpr uint16_t kDroppedBySystem = 7;

const PcapngBlocks kBlocks;

std::string response_packet(std::string_view asked) {
  return ipv4(17, udp(53, 4000, simple_response(asked)));
}

std::string response_frame(std::string_view asked) {
  return ethernet(response_packet(asked));
}

// Something that is no IP, so many seconds after the beginning.
std::string frame_at(int second, uint32_t interface = 0) {
  return kBlocks.frame(interface, kStart + Seconds(second), "frame");
}

std::string dropped(int second, uint64_t count, uint32_t interface = 0) {
  return kBlocks.statistics(interface, kStart + Seconds(second),
                            kBlocks.option(kDroppedByInterface, kBlocks.u64(count)));
}

TimeSpan seconds(int from, int to) {
  return {kStart + Seconds(from), kStart + Seconds(to)};
}

class PcapngFileTest : public ::testing::Test {
 protected:
  Result<CaptureSummary> read(const std::string& content) {
    const std::string path = folder_.path() + "/test.pcapng";
    std::ofstream(path, std::ios::binary) << content;
    told_.clear();
    return read_capture(path, [this](const ObservedDelivery& delivery) -> Status {
      told_.push_back(delivery.answer.question.name.text());
      times_.push_back(delivery.at);
      return {};
    });
  }
  // What is known of the time of a sound file.
  std::vector<TimeSpan> whole_of(const std::string& content) {
    const auto summary = read(content);
    EXPECT_TRUE(summary.ok() && summary->ended.ok());
    return summary.ok() ? summary->whole : std::vector<TimeSpan>();
  }
  // What was wrong with a file that was read to there.
  std::string damage_of(const std::string& content) {
    const auto summary = read(content);
    return summary.ok() && !summary->ended.ok() ? summary->ended.error().message : "";
  }

  TemporaryFolder folder_;
  std::vector<std::string> told_;
  std::vector<WallTime> times_;
};

TEST_F(PcapngFileTest, frames_are_read_by_the_link_type_of_their_interface) {
  const auto summary =
      read(kBlocks.section() + kBlocks.interface(kEthernetLink) + kBlocks.interface(kRawLink) +
           kBlocks.frame(0, kStart, response_frame("a.example")) +
           kBlocks.frame(1, kStart + Seconds(1), response_packet("b.example")) +
           kBlocks.frame(0, kStart + Seconds(2), response_frame("c.example")));
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->ended.ok());
  EXPECT_THAT(told_, ElementsAre("a.example", "b.example", "c.example"));
  EXPECT_THAT(summary->whole, ElementsAre(seconds(0, 2)));
  EXPECT_EQ(summary->drops, 0U);
}

TEST_F(PcapngFileTest, interfaces_may_limit_their_frames_differently) {
  const auto summary = read(kBlocks.section() + kBlocks.interface(kEthernetLink, "", 96) +
                            kBlocks.interface(kEthernetLink) +
                            kBlocks.frame(0, kStart, response_frame("a.example")) +
                            kBlocks.frame(1, kStart + Seconds(1), response_frame("b.example")));
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->ended.ok());
  EXPECT_THAT(told_, ElementsAre("a.example", "b.example"));
}

TEST_F(PcapngFileTest, sections_follow_on_each_other_in_either_byte_order) {
  std::string file;
  for (const bool little : {false, true}) {
    const PcapngBlocks blocks{little};
    file += blocks.section() + blocks.interface(kEthernetLink) +
            blocks.frame(0, kStart, response_frame(little ? "little.example" : "big.example"));
  }
  const auto summary = read(file);
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->ended.ok());
  EXPECT_THAT(told_, ElementsAre("big.example", "little.example"));
}

TEST_F(PcapngFileTest, the_interfaces_of_a_section_end_with_it) {
  EXPECT_THAT(damage_of(kBlocks.section() + kBlocks.interface() + frame_at(0) + kBlocks.section() +
                        frame_at(1)),
              HasSubstr("after frame 1: a frame is of an interface that is not described"));
}

TEST_F(PcapngFileTest, times_count_as_the_interface_says) {
  struct Case {
    int resolution;
    int64_t offset_s;
    uint64_t timestamp;
  };
  const uint64_t seconds = 1'700'000'000;
  const Case cases[] = {{0, 0, seconds},
                        {3, 0, seconds * 1000 + 500},
                        {9, 0, seconds * 1'000'000'000 + 500'000'999},
                        {0x80, 0, seconds},
                        {0x81, 0, seconds * 2 + 1},
                        {0x80 + 33, 1, ((seconds - 1) << 33) + (uint64_t{1} << 32)},
                        {0x80 + 60, 1'699'999'999, (uint64_t{3} << 59)},
                        {19, 1'699'999'999, 15'000'000'000'000'000'000U},
                        {6, -3600, (seconds + 3600) * 1'000'000 + 500'000}};
  for (const Case& each : cases) {
    times_.clear();
    const std::string options =
        kBlocks.option(kResolution, octets({each.resolution})) +
        kBlocks.option(kOffset, kBlocks.u64(static_cast<uint64_t>(each.offset_s)));
    ASSERT_TRUE(read(kBlocks.section() + kBlocks.interface(kEthernetLink, options) +
                     kBlocks.frame(0, each.timestamp, response_frame("a.example")))
                    .ok());
    const bool has_half = each.resolution != 0 && each.resolution != 0x80;
    EXPECT_THAT(times_, ElementsAre(kStart + Milliseconds(has_half ? 500 : 0))) << each.resolution;
  }
}

TEST_F(PcapngFileTest, statistics_that_count_dropped_frames_leave_out_all_before_them) {
  for (const uint16_t by : {kDroppedByInterface, kDroppedBySystem}) {
    const auto summary =
        read(kBlocks.section() + kBlocks.interface() + frame_at(0) + frame_at(5) +
             kBlocks.statistics(0, kStart, kBlocks.option(by, kBlocks.u64(3))) + frame_at(9));
    ASSERT_TRUE(summary.ok());
    EXPECT_TRUE(summary->ended.ok());
    EXPECT_EQ(summary->drops, 1U);
    EXPECT_THAT(summary->whole,
                ElementsAre(TimeSpan{kStart + Seconds(5) + kMoment, kStart + Seconds(9)}));
  }
}

TEST_F(PcapngFileTest, statistics_at_the_end_that_count_dropped_frames_leave_out_everything) {
  EXPECT_THAT(
      whole_of(kBlocks.section() + kBlocks.interface() + frame_at(0) + frame_at(5) + dropped(6, 3)),
      IsEmpty());
}

TEST_F(PcapngFileTest, statistics_leave_out_the_time_since_those_before_them) {
  const auto whole =
      whole_of(kBlocks.section() + kBlocks.interface() + frame_at(0) + frame_at(5) + dropped(5, 0) +
               frame_at(10) + dropped(10, 3) + frame_at(15) + dropped(15, 3) + frame_at(20));
  EXPECT_THAT(whole, ElementsAre(TimeSpan{kStart, kStart + Seconds(5) - kMoment},
                                 TimeSpan{kStart + Seconds(10) + kMoment, kStart + Seconds(20)}));
}

TEST_F(PcapngFileTest, a_cut_file_leaves_out_what_lies_behind_its_last_statistics) {
  const std::string counted = kBlocks.section() + kBlocks.interface() + frame_at(0) + frame_at(5) +
                              dropped(5, 0) + frame_at(10) + dropped(10, 0);
  const std::string last = frame_at(15) + dropped(15, 3);
  const auto cut = read(counted + last.substr(0, last.size() - 1));
  ASSERT_TRUE(cut.ok());
  EXPECT_FALSE(cut->ended.ok());
  EXPECT_THAT(cut->whole, ElementsAre(TimeSpan{kStart, kStart + Seconds(10) - kMoment}));
  EXPECT_EQ(cut->gaps, 1U);
  EXPECT_EQ(cut->drops, 0U) << "nobody knows of any";

  const std::string none = kBlocks.section() + kBlocks.interface() + frame_at(0) + last;
  EXPECT_THAT(read(none.substr(0, none.size() - 1))->whole, ElementsAre(seconds(0, 15)))
      << "that does not tell of drops";
}

TEST_F(PcapngFileTest, of_a_cut_file_each_interface_is_known_until_its_own_last_statistics) {
  const std::string whole = kBlocks.section() + kBlocks.interface() + kBlocks.interface() +
                            frame_at(0, 0) + frame_at(5, 1) + dropped(5, 0, 0) + frame_at(10, 1) +
                            dropped(10, 0, 1) + frame_at(15, 0);
  const auto cut = read(whole.substr(0, whole.size() - 1));
  ASSERT_TRUE(cut.ok());
  EXPECT_THAT(cut->whole, ElementsAre(TimeSpan{kStart, kStart + Seconds(5) - kMoment}));
}

TEST_F(PcapngFileTest, what_one_interface_dropped_is_not_known_of_the_others) {
  EXPECT_THAT(whole_of(kBlocks.section() + kBlocks.interface() + kBlocks.interface() +
                       frame_at(0, 0) + frame_at(5, 0) + dropped(5, 0, 0) + dropped(5, 3, 1)),
              IsEmpty());
}

TEST_F(PcapngFileTest, statistics_without_dropped_frames_leave_out_nothing) {
  constexpr uint16_t kReceived = 4;
  const auto summary = read(
      kBlocks.section() + kBlocks.interface() + frame_at(0) + frame_at(5) + dropped(5, 0) +
      kBlocks.statistics(0, kStart, kBlocks.option(kReceived, kBlocks.u64(7)) + kBlocks.u32(0)));
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(summary->whole, ElementsAre(seconds(0, 5)));
  EXPECT_EQ(summary->drops, 0U);
}

TEST_F(PcapngFileTest, a_frame_tells_what_was_dropped_since_the_one_before_it_on_its_interface) {
  const std::string some_dropped = kBlocks.option(kDroppedBefore, kBlocks.u64(1));
  EXPECT_THAT(
      whole_of(kBlocks.section() + kBlocks.interface() + kBlocks.interface() + frame_at(0, 0) +
               frame_at(5, 1) + frame_at(7, 0) +
               kBlocks.frame(1, kStart + Seconds(9), "frame", some_dropped) + frame_at(12, 0)),
      ElementsAre(TimeSpan{kStart, kStart + Seconds(5) - kMoment},
                  TimeSpan{kStart + Seconds(9) + kMoment, kStart + Seconds(12)}));
}

TEST_F(PcapngFileTest, old_files_say_in_each_frame_what_was_dropped_or_that_nobody_knows) {
  const auto old_frame = [](int second, uint16_t dropped_before, const std::string& frame) {
    const auto size = static_cast<uint32_t>(frame.size());
    return kBlocks.block(2, kBlocks.u16(0) + kBlocks.u16(dropped_before) +
                                kBlocks.timestamp(kStart + Seconds(second)) + kBlocks.u32(size) +
                                kBlocks.u32(size) + frame);
  };
  const auto whole =
      whole_of(kBlocks.section() + kBlocks.interface() + old_frame(0, 0xFFFF, "frame") +
               old_frame(5, 0, response_frame("a.example")) + old_frame(9, 2, "frame"));
  EXPECT_THAT(told_, ElementsAre("a.example"));
  EXPECT_THAT(whole, ElementsAre(TimeSpan{kStart, kStart + Seconds(5) - kMoment}));
}

TEST_F(PcapngFileTest, an_interface_that_cannot_be_read_hides_no_other_and_its_frames_are_missed) {
  const auto whole = whole_of(
      kBlocks.section() + kBlocks.interface(kWirelessLink) + kBlocks.interface(kEthernetLink) +
      kBlocks.frame(1, kStart, response_frame("a.example")) + frame_at(5, 0) +
      kBlocks.frame(1, kStart + Seconds(9), response_frame("b.example")));
  EXPECT_THAT(told_, ElementsAre("a.example", "b.example"));
  EXPECT_THAT(whole, ElementsAre(TimeSpan{kStart, kStart + Seconds(5) - kMoment},
                                 TimeSpan{kStart + Seconds(5) + kMoment, kStart + Seconds(9)}));
}

TEST_F(PcapngFileTest, where_no_interface_can_be_read_its_link_type_is_named) {
  const auto summary = read(kBlocks.section() + kBlocks.interface(kWirelessLink) + frame_at(0));
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(summary.error().message, HasSubstr("IEEE802_11"));
}

TEST_F(PcapngFileTest, blocks_of_other_kinds_are_passed_over) {
  constexpr uint32_t kNames = 4;
  constexpr uint32_t kCustom = 0xBAD;
  EXPECT_THAT(
      whole_of(kBlocks.section() + kBlocks.block(kNames, "names") + kBlocks.interface() +
               frame_at(0) + kBlocks.block(kCustom, std::string(10'000, 'x')) + frame_at(1)),
      ElementsAre(seconds(0, 1)));
}

TEST_F(PcapngFileTest, a_block_that_is_damaged_ends_the_reading_and_is_told) {
  std::string other_end = frame_at(1);
  other_end[other_end.size() - 4] ^= 4;
  const std::string cut_option = kBlocks.u16(kResolution) + kBlocks.u16(50) + kBlocks.u32(0);
  const std::string nineteen = kBlocks.option(kResolution, octets({20}));
  const std::string far = kBlocks.option(kOffset, kBlocks.u64(uint64_t{1} << 63));
  const std::pair<std::string, const char*> cases[] = {
      {kBlocks.u32(6) + kBlocks.u32(13), "impossible length"},
      {kBlocks.u32(6) + kBlocks.u32(8), "impossible length"},
      {kBlocks.u32(6) + kBlocks.u32(0x7FFF'FFFC), "longer than 16 MiB"},
      {kBlocks.u32(7) + kBlocks.u32(0x7FFF'FFFC), "it ends within a block"},
      {other_end, "another length"},
      {frame_at(1, 7), "not described"},
      {dropped(1, 3, 7), "not described"},
      {kBlocks.statistics(0, kStart, cut_option), "statistics are cut"},
      {kBlocks.interface(kEthernetLink, cut_option), "an interface is cut"},
      {kBlocks.interface(kEthernetLink, nineteen), "times of an interface are impossible"},
      {kBlocks.interface(kEthernetLink, far), "times of an interface are impossible"},
      {kBlocks.block(6, kBlocks.u32(0) + kBlocks.timestamp(kStart) + kBlocks.u32(400)),
       "a frame is cut"},
      {kBlocks.frame(0, ~uint64_t{0}, "frame"), "impossible time"},
      {kBlocks.block(3, kBlocks.u32(5) + "frame"), "a frame has no time"},
      {kBlocks.section(2), "of a version"},
      {kBlocks.block(0x0A0D0D0A, kBlocks.u32(77) + kBlocks.u32(1)), "byte order"},
  };
  for (const auto& [block, what] : cases) {
    EXPECT_THAT(
        damage_of(kBlocks.section() + kBlocks.interface() + frame_at(0) + block + frame_at(2)),
        HasSubstr(std::string("after frame 1: ")))
        << what;
    EXPECT_THAT(
        damage_of(kBlocks.section() + kBlocks.interface() + frame_at(0) + block + frame_at(2)),
        HasSubstr(what));
  }
}

TEST_F(PcapngFileTest, a_section_has_so_many_interfaces_at_most) {
  std::string file = kBlocks.section();
  for (size_t i = 0; i < PcapngFile::kInterfacesMax; ++i) {
    file += kBlocks.interface();
  }
  EXPECT_EQ(damage_of(file + frame_at(0)), "");
  EXPECT_THAT(damage_of(file + kBlocks.interface()), HasSubstr("more than 10000 interfaces"));
}

}  // namespace
}  // namespace etymon::capture

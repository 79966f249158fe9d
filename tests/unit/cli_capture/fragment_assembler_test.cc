#include "api/cli/capture/fragment_assembler.h"

#include <gtest/gtest.h>

namespace etymon::capture {
namespace {

constexpr WallTime kStart{Seconds(1'700'000'000)};

struct Piece {
  size_t offset;
  std::string octets;
  bool more;
};

class Assembly {
 public:
  // What the piece makes whole, or "".
  std::string add(const Piece& piece, uint32_t id = 1, WallTime at = kStart) {
    IpPacket packet;
    packet.source = IpAddress::v4(1);
    packet.destination = IpAddress::v4(2);
    packet.protocol = kProtocolUdp;
    packet.payload = as_bytes(piece.octets);
    packet.fragment = Fragment{id, piece.offset, piece.more};
    return assembler_.add(at, packet).value_or("");
  }
  Assembly& finish() {
    assembler_.finish();
    return *this;
  }
  // The first fragments of what was given up.
  const std::vector<std::string>& given_up() const { return given_up_; }
  const std::vector<TimeSpan>& heard() const { return heard_; }

 private:
  std::vector<std::string> given_up_;
  std::vector<TimeSpan> heard_;
  FragmentAssembler assembler_{[this](const IpPacket& packet, const TimeSpan& heard) {
    given_up_.emplace_back(as_text(packet.payload));
    heard_.push_back(heard);
  }};
};

const Piece kFirst = {0, "firstpar", true};
const Piece kMiddle = {8, "themiddl", true};
const Piece kLast = {16, "end", false};
constexpr const char* kWhole = "firstparthemiddlend";

TEST(FragmentAssembler, joins_fragments_in_order) {
  Assembly assembly;
  EXPECT_EQ(assembly.add(kFirst), "");
  EXPECT_EQ(assembly.add(kMiddle), "");
  EXPECT_EQ(assembly.add(kLast), kWhole);
}

TEST(FragmentAssembler, joins_fragments_in_any_order) {
  Assembly assembly;
  EXPECT_EQ(assembly.add(kLast), "");
  EXPECT_EQ(assembly.add(kFirst), "");
  EXPECT_EQ(assembly.add(kMiddle), kWhole);
}

TEST(FragmentAssembler, a_repeated_fragment_changes_nothing) {
  Assembly assembly;
  assembly.add(kFirst);
  EXPECT_EQ(assembly.add(kFirst), "");
  assembly.add(kLast);
  EXPECT_EQ(assembly.add(kLast), "");
  EXPECT_EQ(assembly.add(kMiddle), kWhole);
}

TEST(FragmentAssembler, a_whole_packet_is_forgotten) {
  Assembly assembly;
  assembly.add(kFirst);
  assembly.add(kMiddle);
  assembly.add(kLast);
  EXPECT_EQ(assembly.add(kLast), "");
}

TEST(FragmentAssembler, of_overlapping_fragments_the_one_that_begins_first_counts) {
  Assembly assembly;
  assembly.add({0, "0123456789", true});
  assembly.add({16, "end", false});
  EXPECT_EQ(assembly.add({8, "xxABCDEF", true}), "0123456789ABCDEFend");
}

TEST(FragmentAssembler, enough_octets_in_the_wrong_places_are_not_whole) {
  Assembly assembly;
  assembly.add({0, "0123456789abcdef", true});
  assembly.add({8, "89abcdef", true});
  EXPECT_EQ(assembly.add({24, "end", false}), "");
  EXPECT_EQ(assembly.add({16, "ghijklmn", true}), "0123456789abcdefghijklmnend");
}

TEST(FragmentAssembler, keeps_packets_with_different_ids_apart) {
  Assembly assembly;
  assembly.add(kFirst, 1);
  assembly.add(kMiddle, 2);
  EXPECT_EQ(assembly.add(kLast, 1), "");
  EXPECT_EQ(assembly.add(kMiddle, 1), kWhole);
}

TEST(FragmentAssembler, forgets_a_packet_that_is_not_whole_in_time) {
  Assembly assembly;
  assembly.add(kFirst);
  assembly.add(kMiddle);
  const WallTime late = kStart + FragmentAssembler::kPatience + Microseconds(1);
  EXPECT_EQ(assembly.add(kLast, 1, late), "");
}

TEST(FragmentAssembler, the_oldest_gives_way_when_too_many_are_unfinished) {
  Assembly assembly;
  for (uint32_t id = 0; id <= FragmentAssembler::kDatagramsMax; ++id) {
    assembly.add(kFirst, id, kStart + Microseconds(id));
    assembly.add(kMiddle, id, kStart + Microseconds(id));
  }
  EXPECT_EQ(assembly.add(kLast, FragmentAssembler::kDatagramsMax), kWhole);
  EXPECT_EQ(assembly.add(kLast, 1), kWhole);
  EXPECT_EQ(assembly.add(kLast, 0), "");
}

TEST(FragmentAssembler, tells_what_it_gives_up_and_when_that_was_heard_of) {
  Assembly assembly;
  assembly.add(kFirst, 1);
  assembly.add(kMiddle, 1, kStart + Seconds(1));
  assembly.add(kLast, 2);
  EXPECT_TRUE(assembly.given_up().empty());
  assembly.add(kFirst, 1, kStart + FragmentAssembler::kPatience + Seconds(1));
  EXPECT_EQ(assembly.given_up(), std::vector<std::string>{kFirst.octets});
  EXPECT_EQ(assembly.heard(), (std::vector<TimeSpan>{{kStart, kStart + Seconds(1)}}));
  assembly.finish();
  EXPECT_EQ(assembly.given_up(), (std::vector<std::string>{kFirst.octets, kFirst.octets, ""}));
}

TEST(FragmentAssembler, fragments_that_the_capture_shows_twice_are_not_given_up) {
  Assembly assembly;
  for (const Piece& piece : {kFirst, kFirst, kMiddle, kMiddle, kLast, kLast}) {
    assembly.add(piece);
  }
  EXPECT_TRUE(assembly.finish().given_up().empty());
}

TEST(FragmentAssembler, never_holds_more_than_a_packet_can_have) {
  Assembly assembly;
  for (size_t offset = 0; offset < 40 * 8; offset += 8) {
    EXPECT_EQ(assembly.add({offset, std::string(2000, 'x'), true}), "");
  }
  // 40 overlapping fragments were too much: the packet is forgotten, its last fragment stands
  // alone.
  EXPECT_EQ(assembly.add({2312, "end", false}), "");
}

}  // namespace
}  // namespace etymon::capture

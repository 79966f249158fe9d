#include "api/cli/capture/tcp_assembler.h"

#include <gtest/gtest.h>

#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::capture {
namespace {

using namespace etymon::testing;

constexpr WallTime kStart{Seconds(1'700'000'000)};
constexpr uint32_t kFirstOctet = 1001;  // the SYN has 1000

// Message `n`, as it stands in the stream.
std::string message(int n) {
  return with_length(simple_response("n" + std::to_string(n) + ".example"));
}

using Missed = std::vector<std::pair<int, int>>;

// Feeds segments of one stream, a millisecond apart, and lists what comes out.
class Stream {
 public:
  explicit Stream(uint32_t syn = kFirstOctet - 1) {
    segment({.sequence = syn, .syn = true, .data = {}});
  }
  static Stream without_syn() { return Stream(NoSyn{}); }

  Stream& data(uint32_t sequence, std::string_view octets) {
    return segment({.sequence = sequence, .syn = false, .data = as_bytes(octets)});
  }
  // A segment of which the capture has only the first octets.
  Stream& cut(uint32_t sequence, std::string_view octets, size_t kept) {
    return segment({.sequence = sequence,
                    .syn = false,
                    .data = as_bytes(octets.substr(0, kept)),
                    .cut = octets.size() - kept});
  }
  Stream& segment(const TcpSegment& segment) {
    ++segments_;
    stream_.add(now(), segment, take());
    return *this;
  }
  Stream& finish() {
    stream_.finish(take());
    return *this;
  }

  // Each message, with its length in front.
  const std::vector<std::string>& messages() const { return messages_; }
  // The number of the segment at whose time each message became whole; the SYN is number 1.
  const std::vector<int>& whole_at() const { return whole_at_; }
  // From which segment to which something was missed.
  const Missed& missed() const { return missed_; }

 private:
  struct NoSyn {};
  explicit Stream(NoSyn) {}

  WallTime now() const { return kStart + Milliseconds(segments_); }
  static int segment_at(WallTime at) { return static_cast<int>((at - kStart) / Milliseconds(1)); }
  DnsStream::Sink take() {
    return {[this](WallTime at, ByteView octets) {
              messages_.push_back(with_length(std::string(as_text(octets))));
              whole_at_.push_back(segment_at(at));
            },
            [this](const TimeSpan& missed) {
              missed_.emplace_back(segment_at(missed.start), segment_at(missed.end));
            }};
  }

  DnsStream stream_;
  int segments_ = 0;
  std::vector<std::string> messages_;
  std::vector<int> whole_at_;
  Missed missed_;
};

using Messages = std::vector<std::string>;

uint32_t behind(uint32_t sequence, std::string_view octets) {
  return sequence + static_cast<uint32_t>(octets.size());
}

TEST(DnsStream, reads_one_message_from_one_segment) {
  const std::string one = message(1);
  EXPECT_EQ(Stream().data(kFirstOctet, one).messages(), Messages{one});
}

TEST(DnsStream, reads_several_messages_from_one_segment) {
  const std::string both = message(1) + message(2);
  EXPECT_EQ(Stream().data(kFirstOctet, both).messages(), (Messages{message(1), message(2)}));
}

TEST(DnsStream, a_message_may_be_cut_anywhere) {
  const std::string both = message(1) + message(2);
  for (uint32_t cut = 1; cut < both.size(); ++cut) {
    Stream stream;
    stream.data(kFirstOctet, both.substr(0, cut)).data(kFirstOctet + cut, both.substr(cut));
    EXPECT_EQ(stream.messages(), (Messages{message(1), message(2)})) << cut;
  }
}

TEST(DnsStream, a_message_has_the_time_of_the_segment_that_made_it_whole) {
  const std::string one = message(1);
  Stream stream;
  stream.data(kFirstOctet, one.substr(0, 2)).data(kFirstOctet + 2, one.substr(2));
  EXPECT_EQ(stream.whole_at(), std::vector<int>{3});
}

TEST(DnsStream, segments_may_come_out_of_order) {
  const std::string both = message(1) + message(2);
  Stream stream;
  stream.data(kFirstOctet + 50, both.substr(50));
  stream.data(kFirstOctet + 20, both.substr(20, 30));
  EXPECT_TRUE(stream.messages().empty());
  stream.data(kFirstOctet, both.substr(0, 20));
  EXPECT_EQ(stream.messages(), (Messages{message(1), message(2)}));
  EXPECT_EQ(stream.whole_at(), (std::vector<int>{4, 4}));  // when the first part came
}

TEST(DnsStream, repeated_and_overlapping_segments_count_once) {
  const std::string both = message(1) + message(2);
  Stream stream;
  stream.data(kFirstOctet, both.substr(0, 30));
  stream.data(kFirstOctet, both.substr(0, 30));
  stream.data(kFirstOctet + 10, both.substr(10, 40));
  stream.data(kFirstOctet + 40, both.substr(40));
  stream.data(kFirstOctet, both);
  EXPECT_EQ(stream.messages(), (Messages{message(1), message(2)}));
}

TEST(DnsStream, a_keepalive_octet_before_the_expected_one_is_ignored) {
  const std::string one = message(1);
  Stream stream;
  stream.data(kFirstOctet - 1, "\x7F").data(kFirstOctet, one);
  EXPECT_EQ(stream.messages(), Messages{one});
}

TEST(DnsStream, sequence_numbers_wrap) {
  const std::string both = message(1) + message(2);
  const uint32_t first = 0xFFFFFFF0;
  Stream stream(first - 1);
  stream.data(first + 40, both.substr(40)).data(first, both.substr(0, 40));
  EXPECT_EQ(stream.messages(), (Messages{message(1), message(2)}));
}

TEST(DnsStream, reading_goes_on_behind_a_hole_when_the_capture_ends) {
  Stream stream;
  stream.data(kFirstOctet, message(1));
  stream.data(kFirstOctet + 5000, message(3));
  EXPECT_EQ(stream.messages(), Messages{message(1)});
  stream.finish();
  EXPECT_EQ(stream.messages(), (Messages{message(1), message(3)}));
  EXPECT_EQ(stream.whole_at(), (std::vector<int>{2, 3}));  // each at its own time
}

TEST(DnsStream, what_a_hole_has_cut_is_not_read_as_something_else) {
  const std::string cut = message(2);
  Stream stream;
  stream.data(kFirstOctet, cut.substr(0, 20));               // the rest never comes
  stream.data(kFirstOctet + 5000, std::string(40, '\x41'));  // the middle of something
  stream.data(kFirstOctet + 5040, message(3));
  EXPECT_EQ(stream.finish().messages(), Messages{message(3)});
}

TEST(DnsStream, a_hole_is_given_up_when_too_much_lies_behind_it) {
  Stream stream;
  uint32_t sequence = kFirstOctet + 5000;
  for (size_t i = 0; i <= DnsStream::kSegmentsMax; ++i) {
    EXPECT_TRUE(stream.messages().empty());
    stream.data(sequence, message(1));
    sequence = behind(sequence, message(1));
  }
  EXPECT_EQ(stream.messages().size(), DnsStream::kSegmentsMax + 1);
}

TEST(DnsStream, octets_behind_a_hole_are_bounded) {
  Stream stream;
  const std::string large(30'000, '\0');
  uint32_t sequence = kFirstOctet + 5000;
  stream.data(sequence, message(1));
  sequence = behind(sequence, message(1));
  for (size_t held = 0; held <= DnsStream::kAheadMax; held += large.size()) {
    stream.data(sequence, large);
    sequence = behind(sequence, large);
  }
  EXPECT_EQ(stream.messages(), Messages{message(1)});
}

TEST(DnsStream, a_connection_may_be_shown_from_its_middle) {
  Stream stream = Stream::without_syn();
  stream.data(77, std::string(40, '\x41'));
  stream.data(117, message(1) + message(2));
  EXPECT_EQ(stream.messages(), (Messages{message(1), message(2)}));
}

TEST(DnsStream, a_new_syn_begins_a_new_connection) {
  Stream stream;
  stream.data(kFirstOctet, message(1).substr(0, 20));
  stream.segment({.sequence = 900'000, .syn = true, .data = {}});
  stream.data(900'001, message(2));
  EXPECT_EQ(stream.messages(), Messages{message(2)});
}

TEST(DnsStream, a_repeated_syn_changes_nothing) {
  const std::string one = message(1);
  Stream stream;
  stream.data(kFirstOctet, one.substr(0, 20));
  stream.segment({.sequence = kFirstOctet - 1, .syn = true, .data = {}});
  stream.data(kFirstOctet + 20, one.substr(20));
  EXPECT_EQ(stream.messages(), Messages{one});
}

TEST(DnsStream, data_may_come_with_the_syn) {
  const std::string one = message(1);
  Stream stream = Stream::without_syn();
  stream.segment({.sequence = 500, .syn = true, .data = as_bytes(one)});
  EXPECT_EQ(stream.messages(), Messages{one});
}

TEST(DnsStream, a_length_too_short_for_a_header_ends_the_trust_in_what_follows) {
  Stream stream;
  const std::string nonsense = be16(5) + "short";
  stream.data(kFirstOctet, nonsense + message(1));
  EXPECT_TRUE(stream.messages().empty());
  stream.data(behind(kFirstOctet, nonsense + message(1)), message(2));
  EXPECT_EQ(stream.messages(), Messages{message(2)});
}

TEST(DnsStream, of_a_stream_without_holes_nothing_is_missed) {
  const std::string both = message(1) + message(2);
  Stream stream;
  stream.data(kFirstOctet, both.substr(0, 30));
  stream.data(kFirstOctet + 50, both.substr(50));
  stream.data(kFirstOctet + 30, both.substr(30, 20));
  stream.data(kFirstOctet - 1, "\x7F");            // a keepalive
  stream.data(kFirstOctet, both);                  // and all of it once more
  stream.data(behind(kFirstOctet, both), "");      // an acknowledgment,
  stream.data(behind(kFirstOctet, both) + 1, "");  // and one behind the FIN
  EXPECT_EQ(stream.finish().missed(), Missed());
}

TEST(DnsStream, what_a_hole_took_was_missed_between_the_segments_around_it) {
  Stream stream;
  stream.data(kFirstOctet, message(1));
  stream.data(kFirstOctet + 5000, message(3));
  stream.data(behind(kFirstOctet + 5000, message(3)), message(4));
  EXPECT_EQ(stream.finish().missed(), (Missed{{2, 3}}));
}

TEST(DnsStream, a_hole_at_the_end_is_told_by_the_acknowledgment_behind_it) {
  Stream stream;
  stream.data(kFirstOctet, message(1));
  stream.data(behind(kFirstOctet, message(1)), "");
  stream.data(behind(kFirstOctet, message(1)) + 40, "");
  EXPECT_EQ(stream.finish().missed(), (Missed{{3, 4}}));
}

TEST(DnsStream, a_connection_shown_from_its_middle_misses_what_ends_the_response_under_way) {
  Stream stream = Stream::without_syn();
  stream.data(77, std::string(40, '\x41'));
  stream.data(117, message(1));
  EXPECT_EQ(stream.finish().missed(), (Missed{{1, 1}}));
  Stream between = Stream::without_syn();
  between.data(77, message(1)).data(behind(77, message(1)), message(2));
  EXPECT_EQ(between.finish().missed(), Missed());
}

TEST(DnsStream, what_comes_out_of_order_before_its_beginning_was_missed) {
  Stream stream = Stream::without_syn();
  stream.data(behind(77, message(1)), message(2)).data(77, message(1));
  EXPECT_EQ(stream.finish().missed(), (Missed{{2, 2}}));
}

TEST(DnsStream, a_cut_segment_is_missed_and_the_next_is_read) {
  Stream stream;
  stream.cut(kFirstOctet, message(1), 20);
  stream.data(behind(kFirstOctet, message(1)), message(2));
  EXPECT_EQ(stream.finish().messages(), Messages{message(2)});
  EXPECT_EQ(stream.missed(), (Missed{{2, 2}}));
}

TEST(DnsStream, a_response_of_several_cut_segments_is_missed_to_its_end) {
  const std::string both = message(1) + message(2);
  Stream stream;
  stream.cut(kFirstOctet, both.substr(0, 30), 10);
  stream.cut(kFirstOctet + 30, both.substr(30), 1);
  stream.data(behind(kFirstOctet, both), message(3));
  EXPECT_EQ(stream.finish().messages(), Messages{message(3)});
  EXPECT_EQ(stream.missed().front(), std::pair(2, 2));
  EXPECT_EQ(stream.missed().back(), std::pair(3, 3));
}

TEST(DnsStream, what_follows_a_length_too_short_for_a_header_is_missed) {
  Stream stream;
  stream.data(kFirstOctet, be16(5) + "short");
  EXPECT_EQ(stream.missed(), (Missed{{2, 2}}));
}

class Connections {
 public:
  void data(uint16_t port, uint32_t sequence, std::string_view octets) {
    assembler_.add(kStart, flow(port),
                   {.sequence = sequence, .syn = false, .data = as_bytes(octets)});
  }
  void finish() { assembler_.finish(); }
  const std::vector<std::pair<uint16_t, std::string>>& messages() const { return messages_; }
  // Whose messages were missed.
  const std::vector<uint16_t>& missed() const { return missed_; }

 private:
  static Flow flow(uint16_t port) { return {{ip("192.0.2.53"), 53}, {ip("10.0.0.7"), port}}; }

  std::vector<std::pair<uint16_t, std::string>> messages_;
  std::vector<uint16_t> missed_;
  TcpAssembler assembler_{
      [this](const Flow& flow, WallTime, ByteView octets) {
        messages_.emplace_back(flow.destination.port, with_length(std::string(as_text(octets))));
      },
      [this](const Flow& flow, const TimeSpan&) { missed_.push_back(flow.destination.port); }};
};

TEST(TcpAssembler, keeps_connections_apart) {
  Connections connections;
  connections.data(1, 100, message(1).substr(0, 20));
  connections.data(2, 100, message(2).substr(0, 20));
  connections.data(2, 120, message(2).substr(20));
  connections.data(1, 120, message(1).substr(20));
  EXPECT_EQ(connections.messages(),
            (std::vector<std::pair<uint16_t, std::string>>{{2, message(2)}, {1, message(1)}}));
}

TEST(TcpAssembler, the_stream_least_recently_heard_of_gives_way) {
  Connections connections;
  connections.data(1, 100, message(1).substr(0, 20));
  connections.data(2, 100, message(2).substr(0, 20));
  connections.data(1, 120, message(1).substr(20, 2));
  for (uint16_t port = 1000; port < 1000 + TcpAssembler::kStreamsMax - 1; ++port) {
    connections.data(port, 100, "x");
  }
  connections.data(1, 122, message(1).substr(22));
  connections.data(2, 120, message(2).substr(20));
  EXPECT_EQ(connections.messages(),
            (std::vector<std::pair<uint16_t, std::string>>{{1, message(1)}}));
}

TEST(TcpAssembler, what_waits_behind_a_hole_is_told_when_its_stream_gives_way_or_all_ends) {
  Connections connections;
  connections.data(1, 100, "x");
  connections.data(1, 200, message(1));
  for (uint16_t port = 1000; port < 1000 + TcpAssembler::kStreamsMax; ++port) {
    connections.data(port, 100, "x");
  }
  EXPECT_EQ(connections.messages().size(), 1U);
  connections.data(1000 + TcpAssembler::kStreamsMax - 1, 200, message(2));
  connections.finish();
  EXPECT_EQ(connections.messages().size(), 2U);
}

TEST(TcpAssembler, what_a_stream_that_gave_way_had_begun_is_missed_when_it_goes_on) {
  Connections connections;
  connections.data(1, 100, message(1).substr(0, 20));
  for (uint16_t port = 1000; port < 1000 + TcpAssembler::kStreamsMax; ++port) {
    connections.data(port, 100, message(2));
  }
  EXPECT_TRUE(connections.missed().empty());
  connections.data(1, 120, message(1).substr(20));
  EXPECT_EQ(connections.missed(), std::vector<uint16_t>{1});
}

}  // namespace
}  // namespace etymon::capture

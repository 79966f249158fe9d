#include "api/cli/capture/capture_decoder.h"

#include <gtest/gtest.h>

#include <array>

#include "api/cli/capture/tunnel.h"
#include "tests/unit/cli_capture/packet_builder.h"

namespace etymon::capture {
namespace {

using namespace etymon::testing;

constexpr WallTime kStart{Seconds(1'700'000'000)};
constexpr int kIcmp = 1;
constexpr int kIpv4InIp = 4;
constexpr int kTcp = 6;
constexpr int kUdp = 17;
constexpr int kSyn = 0x02;

using Pieces = std::vector<std::pair<int, int>>;

class Decoding {
 public:
  // One frame a millisecond.
  void ipv4_frame(const std::string& packet) { frame(ethernet(packet)); }
  void ipv6_frame(const std::string& packet) { frame(ethernet(packet, kTypeIpv6)); }
  void frame(const std::string& octets) { cut_frame(octets, octets.size()); }
  // As a capture with a limit for each frame has it.
  void cut_frame(const std::string& octets, size_t kept) {
    now_ += Milliseconds(1);
    status_ = decoder_.add_frame(
        now_, {LinkType::kEthernet, as_bytes(octets.substr(0, kept)), octets.size()});
  }
  void finish() { status_ = decoder_.finish(); }

  // What the decoder said last.
  const Status& status() const { return status_; }
  const std::vector<ObservedDelivery>& deliveries() const { return deliveries_; }
  const CaptureCounters& counters() const { return decoder_.counters(); }
  // Of all frames' time, in milliseconds, the pieces in which nothing was missed.
  Pieces whole() const {
    Pieces pieces;
    for (const TimeSpan& piece : decoder_.missed().known_of({kStart, now_})) {
      pieces.emplace_back(millisecond_of(piece.start), millisecond_of(piece.end));
    }
    return pieces;
  }
  bool has_missed() const { return whole() != Pieces{{0, millisecond_of(now_)}}; }
  void refuse_with(Error error) { refusal_ = std::move(error); }

 private:
  static int millisecond_of(WallTime at) {
    return static_cast<int>((at - kStart) / Milliseconds(1));
  }

  WallTime now_ = kStart;
  Status status_;
  Status refusal_;
  std::vector<ObservedDelivery> deliveries_;
  CaptureDecoder decoder_{[this](const ObservedDelivery& delivery) {
    if (refusal_.ok()) {
      deliveries_.push_back(delivery);
    }
    return refusal_;
  }};
};

TEST(CaptureDecoder, a_response_over_udp_is_a_delivery_to_its_destination) {
  Decoding decoding;
  decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response())));
  EXPECT_TRUE(decoding.status().ok());
  ASSERT_EQ(decoding.deliveries().size(), 1U);
  const ObservedDelivery& delivery = decoding.deliveries()[0];
  EXPECT_EQ(delivery.at, kStart + Milliseconds(1));
  EXPECT_EQ(delivery.client, ip("10.0.0.7"));
  EXPECT_EQ(delivery.transport, Transport::kUdp);
  EXPECT_EQ(delivery.answer.upstream, (Endpoint{ip("198.51.100.53"), 53}));
  EXPECT_EQ(delivery.answer.question.name.text(), "www.example");
  EXPECT_EQ(delivery.answer.addresses, (std::vector<AnswerAddress>{{ip("192.0.2.1"), Via::kA}}));
  EXPECT_EQ(delivery.validity_s, 300U);
}

TEST(CaptureDecoder, reads_ipv6_alike) {
  Decoding decoding;
  decoding.ipv6_frame(ipv6(kUdp, udp(53, 4000, simple_response())));
  ASSERT_EQ(decoding.deliveries().size(), 1U);
  EXPECT_EQ(decoding.deliveries()[0].client, ip("2001:db8::7"));
}

TEST(CaptureDecoder, a_response_over_tcp_is_joined_from_its_segments) {
  Decoding decoding;
  const std::string stream = with_length(simple_response());
  decoding.ipv4_frame(ipv4(kTcp, tcp(53, 4000, 99, "", kSyn)));
  decoding.ipv4_frame(ipv4(kTcp, tcp(53, 4000, 110, stream.substr(10))));
  decoding.ipv4_frame(ipv4(kTcp, tcp(53, 4000, 100, stream.substr(0, 10))));
  ASSERT_EQ(decoding.deliveries().size(), 1U);
  EXPECT_EQ(decoding.deliveries()[0].transport, Transport::kTcp);
  EXPECT_EQ(decoding.deliveries()[0].at, kStart + Milliseconds(3));
}

TEST(CaptureDecoder, tells_at_the_end_what_waits_behind_a_hole) {
  Decoding decoding;
  decoding.ipv4_frame(ipv4(kTcp, tcp(53, 4000, 99, "", kSyn)));
  decoding.ipv4_frame(ipv4(kTcp, tcp(53, 4000, 500, with_length(simple_response()))));
  EXPECT_TRUE(decoding.deliveries().empty());
  decoding.finish();
  ASSERT_EQ(decoding.deliveries().size(), 1U);
  EXPECT_EQ(decoding.deliveries()[0].at, kStart + Milliseconds(2));
}

TEST(CaptureDecoder, joins_ipv4_fragments) {
  Decoding decoding;
  const std::string datagram = udp(53, 4000, simple_response());
  decoding.ipv4_frame(ipv4(kUdp, datagram.substr(16), {}, {.id = 5, .offset = 16}));
  decoding.ipv4_frame(ipv4(kUdp, datagram.substr(0, 16), {}, {.id = 5, .more = true}));
  ASSERT_EQ(decoding.deliveries().size(), 1U);
  EXPECT_EQ(decoding.deliveries()[0].at, kStart + Milliseconds(2));
}

TEST(CaptureDecoder, joins_ipv6_fragments_and_reads_the_headers_in_them) {
  constexpr int kFragment = 44;
  constexpr int kOptions = 60;
  Decoding decoding;
  const std::string payload =
      octets({kUdp, 0, 1, 4, 0, 0, 0, 0}) + udp(53, 4000, simple_response());
  decoding.ipv6_frame(
      ipv6(kFragment, ipv6_fragment(kOptions, payload.substr(0, 24), {.id = 5, .more = true})));
  decoding.ipv6_frame(
      ipv6(kFragment, ipv6_fragment(kOptions, payload.substr(24), {.id = 5, .offset = 24})));
  EXPECT_EQ(decoding.deliveries().size(), 1U);
}

TEST(CaptureDecoder, either_port_may_be_53) {
  Decoding decoding;
  decoding.ipv4_frame(ipv4(kUdp, udp(4000, 53, simple_response())));
  EXPECT_EQ(decoding.deliveries().size(), 1U);
}

TEST(CaptureDecoder, other_ports_are_not_dns) {
  Decoding decoding;
  for (const uint16_t port : std::to_array<uint16_t>({5353, 5355, 8053})) {
    decoding.ipv4_frame(ipv4(kUdp, udp(port, port, simple_response())));
    decoding.ipv4_frame(ipv4(kTcp, tcp(port, port, 1, with_length(simple_response()))));
  }
  decoding.finish();
  EXPECT_TRUE(decoding.deliveries().empty());
  EXPECT_EQ(decoding.counters().skipped, 6U);
}

TEST(CaptureDecoder, a_response_quoted_by_icmp_was_not_received) {
  Decoding decoding;
  decoding.ipv4_frame(
      ipv4(kIcmp, octets({3, 3, 0, 0, 0, 0, 0, 0}) + ipv4(kUdp, udp(53, 4000, simple_response()))));
  EXPECT_TRUE(decoding.deliveries().empty());
}

TEST(CaptureDecoder, the_innermost_addresses_of_a_tunnel_count) {
  Decoding decoding;
  const Addresses ends = {"203.0.113.1", "203.0.113.2"};
  decoding.ipv4_frame(ipv4(kIpv4InIp, ipv4(kUdp, udp(53, 4000, simple_response())), ends));
  ASSERT_EQ(decoding.deliveries().size(), 1U);
  EXPECT_EQ(decoding.deliveries()[0].client, ip("10.0.0.7"));
  EXPECT_EQ(decoding.deliveries()[0].answer.upstream, (Endpoint{ip("198.51.100.53"), 53}));
  EXPECT_EQ(decoding.counters().skipped, 0U);
}

TEST(CaptureDecoder, fragments_of_a_tunnel_are_joined_before_it_is_opened) {
  Decoding decoding;
  const std::string inner = ipv4(kUdp, udp(53, 4000, simple_response()));
  decoding.ipv4_frame(ipv4(kIpv4InIp, inner.substr(0, 32), {}, {.id = 5, .more = true}));
  decoding.ipv4_frame(ipv4(kIpv4InIp, inner.substr(32), {}, {.id = 5, .offset = 32}));
  EXPECT_EQ(decoding.deliveries().size(), 1U);
}

TEST(CaptureDecoder, tunnels_nest_only_so_deep) {
  std::string packet = ipv4(kUdp, udp(53, 4000, simple_response()));
  for (unsigned tunnels = 0; tunnels < kTunnelsMax; ++tunnels) {
    packet = ipv4(kIpv4InIp, packet);
  }
  Decoding deep;
  deep.ipv4_frame(packet);
  EXPECT_EQ(deep.deliveries().size(), 1U);
  Decoding too_deep;
  too_deep.ipv4_frame(ipv4(kIpv4InIp, packet));
  EXPECT_TRUE(too_deep.deliveries().empty());
  EXPECT_EQ(too_deep.counters().skipped, 1U);
}

TEST(CaptureDecoder, datagrams_that_went_together_are_a_delivery_each) {
  Decoding decoding;
  const std::string run = simple_response("first.example") + simple_response("other.example") +
                          simple_response("last.example");
  decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, run)));
  ASSERT_EQ(decoding.deliveries().size(), 3U);
  EXPECT_EQ(decoding.deliveries()[0].answer.question.name.text(), "first.example");
  EXPECT_EQ(decoding.deliveries()[1].answer.question.name.text(), "other.example");
  EXPECT_EQ(decoding.deliveries()[2].answer.question.name.text(), "last.example");
  EXPECT_EQ(decoding.deliveries()[2].at, kStart + Milliseconds(1));
  EXPECT_EQ(decoding.counters().responses, 3U);
  EXPECT_FALSE(decoding.has_missed());
}

TEST(CaptureDecoder, of_datagrams_that_went_together_one_that_cannot_be_read_hides_no_other) {
  Decoding decoding;
  std::string damaged = simple_response("other.example");
  damaged[7] = 9;  // so many answers it has not
  decoding.ipv4_frame(ipv4(
      kUdp, udp(53, 4000,
                simple_response("first.example") + damaged + simple_response("third.example"))));
  ASSERT_EQ(decoding.deliveries().size(), 3U) << "all before the damage counts";
  EXPECT_EQ(decoding.deliveries()[2].answer.question.name.text(), "third.example");
  EXPECT_EQ(decoding.whole(), (Pieces{{0, 0}}));
}

TEST(CaptureDecoder, what_is_no_response_behind_one_is_missed_at_its_moment) {
  for (const std::string& behind :
       {std::string("?"), std::string(100, '\0'), simple_response("longer.than.www.example")}) {
    Decoding decoding;
    decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response())));
    decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response() + behind)));
    decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response())));
    EXPECT_GE(decoding.deliveries().size(), 3U);
    EXPECT_EQ(decoding.whole(), (Pieces{{0, 1}, {2, 3}})) << behind.size();
  }
}

TEST(CaptureDecoder, of_questions_that_went_together_nothing_is_missed) {
  const std::string query =
      DnsMessage{.flags = 0x0100, .questions = {question("a.example")}}.wire();
  Decoding decoding;
  decoding.ipv4_frame(ipv4(kUdp, udp(4000, 53, query + query)));
  EXPECT_FALSE(decoding.has_missed());
}

TEST(CaptureDecoder, a_query_is_no_delivery) {
  Decoding decoding;
  decoding.ipv4_frame(ipv4(
      kUdp,
      udp(4000, 53, DnsMessage{.flags = 0x0100, .questions = {question("a.example")}}.wire())));
  EXPECT_TRUE(decoding.deliveries().empty());
  EXPECT_EQ(decoding.counters().responses, 0U);
}

TEST(CaptureDecoder, octets_behind_the_datagram_are_not_read) {
  Decoding decoding;
  std::string datagram = udp(53, 4000, simple_response());
  datagram += a_record("extra.example", 9, "192.0.2.99");
  decoding.ipv4_frame(ipv4(kUdp, datagram));
  ASSERT_EQ(decoding.deliveries().size(), 1U);
  EXPECT_EQ(decoding.deliveries()[0].answer.addresses.size(), 1U);
}

TEST(CaptureDecoder, counts_what_it_sees) {
  Decoding decoding;
  decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response())));
  decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response().substr(0, 40))));
  decoding.frame(ethernet("not IP", 0x0806));
  const CaptureCounters& counters = decoding.counters();
  EXPECT_EQ(counters.frames, 3U);
  EXPECT_EQ(counters.responses, 2U);
  EXPECT_EQ(counters.malformed, 1U);
  EXPECT_EQ(counters.deliveries, 2U);
  EXPECT_EQ(counters.skipped, 1U);
}

TEST(CaptureDecoder, the_error_of_the_sink_stays) {
  Decoding decoding;
  decoding.refuse_with({ErrorCode::kUnavailable, "the server is gone"});
  decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response())));
  ASSERT_FALSE(decoding.status().ok());
  EXPECT_EQ(decoding.status().error().code, ErrorCode::kUnavailable);
  decoding.finish();
  EXPECT_FALSE(decoding.status().ok());
  EXPECT_EQ(decoding.counters().deliveries, 0U);
}

TEST(CaptureDecoder, a_frame_cut_anywhere_is_read_without_harm) {
  const std::string udp_frame = ethernet(ipv4(kUdp, udp(53, 4000, simple_response())));
  const std::string tcp_frame =
      ethernet(ipv6(kTcp, tcp(53, 4000, 1, with_length(simple_response()))), kTypeIpv6);
  for (const std::string& whole : {udp_frame, tcp_frame}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      Decoding decoding;
      decoding.frame(whole.substr(0, size));
      decoding.finish();
      ASSERT_TRUE(decoding.status().ok());
      ASSERT_LE(decoding.deliveries().size(), 1U);
    }
  }
}

// Whether something was missed of `frame`, with so many of its octets at hand.
bool is_missed(const std::string& frame, size_t kept) {
  Decoding decoding;
  decoding.cut_frame(frame, kept);
  decoding.finish();
  return decoding.has_missed();
}

TEST(CaptureDecoder, of_responses_that_can_be_read_nothing_is_missed) {
  Decoding decoding;
  const std::string stream = with_length(simple_response());
  const std::string datagram = udp(53, 4000, simple_response());
  decoding.ipv4_frame(ipv4(kUdp, datagram));
  decoding.ipv4_frame(ipv4(kTcp, tcp(53, 4000, 99, "", kSyn)));
  decoding.ipv4_frame(ipv4(kTcp, tcp(53, 4000, 100, stream)));
  decoding.ipv4_frame(ipv4(kUdp, datagram.substr(0, 16), {}, {.id = 5, .more = true}));
  decoding.ipv4_frame(ipv4(kUdp, datagram.substr(16), {}, {.id = 5, .offset = 16}));
  decoding.ipv4_frame(ipv4(kTcp, tcp(53, 4000, 7, "", 0x14)));  // a reset, with any number
  decoding.frame(ethernet("not IP", 0x0806));
  decoding.finish();
  EXPECT_FALSE(decoding.has_missed());
}

TEST(CaptureDecoder, a_malformed_response_is_missed_at_its_moment) {
  Decoding decoding;
  decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response())));
  decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response().substr(0, 40))));
  decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response())));
  EXPECT_EQ(decoding.whole(), (Pieces{{0, 1}, {2, 3}}));
}

TEST(CaptureDecoder, a_cut_frame_that_held_a_response_or_may_have_is_missed) {
  const std::string response = ethernet(ipv4(kUdp, udp(53, 4000, simple_response())));
  const std::string stream =
      ethernet(ipv6(kTcp, tcp(53, 4000, 1, with_length(simple_response()))), kTypeIpv6);
  const std::string run =
      ethernet(ipv4(kUdp, udp(53, 4000, simple_response() + simple_response())));
  for (const std::string& frame : {response, stream, run}) {
    for (size_t kept = 0; kept < frame.size(); ++kept) {
      EXPECT_TRUE(is_missed(frame, kept)) << kept;
    }
    EXPECT_FALSE(is_missed(frame, frame.size()));
  }
}

TEST(CaptureDecoder, a_tunnel_that_is_cut_before_its_packet_is_missed) {
  constexpr int kGre = 47;
  const std::string inner = ipv4(kUdp, udp(53, 4000, simple_response()));
  const std::string vxlan = octets({0x08, 0, 0, 0, 0, 0, 7, 0}) + ethernet(inner);
  const std::string frames[] = {
      ethernet(ipv4(kUdp, udp(55'555, 4789, vxlan))),
      ethernet(ipv4(kGre, be16(0x2000) + be16(kTypeIpv4) + be32(1) + inner)),
      ethernet(ipv6(kIpv4InIp, inner), kTypeIpv6),
  };
  for (const std::string& frame : frames) {
    for (size_t kept = 0; kept < frame.size(); ++kept) {
      EXPECT_TRUE(is_missed(frame, kept)) << kept;
    }
    EXPECT_FALSE(is_missed(frame, frame.size()));
  }
}

TEST(CaptureDecoder, cut_frames_that_held_no_response_are_not_missed) {
  constexpr size_t kPortsEnd = 14 + 20 + 4;
  const std::string query =
      DnsMessage{.flags = 0x0100, .questions = {question("a.example")}}.wire();
  const std::string frames[] = {
      ethernet(ipv4(kUdp, udp(4000, 53, query))),
      ethernet(ipv4(kTcp, tcp(4000, 53, 1, with_length(query)))),
      ethernet(ipv4(kUdp, udp(4000, 443, std::string(1000, 'x')))),
      ethernet(ipv4(kTcp, tcp(443, 4000, 1, std::string(1000, 'x')))),
  };
  for (const std::string& frame : frames) {
    for (size_t kept = kPortsEnd; kept < frame.size(); ++kept) {
      EXPECT_FALSE(is_missed(frame, kept)) << kept;
    }
  }
  EXPECT_FALSE(is_missed(ethernet(std::string(200, 'x'), 0x88CC), 128));
}

TEST(CaptureDecoder, what_is_cut_off_behind_the_packet_is_not_missed) {
  const std::string frame = ethernet(ipv4(kUdp, udp(53, 4000, simple_response())));
  EXPECT_FALSE(is_missed(frame + std::string(100, '\0'), frame.size()));
}

TEST(CaptureDecoder, fragments_are_missed_where_a_response_may_have_been_in_them) {
  const auto gives_gap = [](const std::string& fragment, size_t offset) {
    Decoding decoding;
    decoding.ipv4_frame(ipv4(kUdp, fragment, {}, {.id = 5, .offset = offset, .more = true}));
    decoding.finish();
    return decoding.has_missed();
  };
  EXPECT_TRUE(gives_gap(udp(53, 4000, simple_response()).substr(0, 16), 0));
  EXPECT_TRUE(gives_gap("anything", 16)) << "its ports never came";
  EXPECT_TRUE(gives_gap(udp(4000, 4789, "cut"), 0)) << "a tunnel, in which it may be";
  EXPECT_FALSE(gives_gap(udp(4000, 443, "something"), 0));
  EXPECT_FALSE(gives_gap(udp(4000, 53, "a question"), 0));
}

TEST(CaptureDecoder, what_a_hole_took_is_missed_of_responses_alone) {
  const auto whole = [](uint16_t from, uint16_t to) {
    Decoding decoding;
    decoding.ipv4_frame(ipv4(kTcp, tcp(from, to, 99, "", kSyn)));
    decoding.ipv4_frame(ipv4(kTcp, tcp(from, to, 500, with_length(simple_response()))));
    decoding.ipv4_frame(ipv4(kUdp, udp(53, 4000, simple_response())));
    decoding.finish();
    return decoding.whole();
  };
  EXPECT_EQ(whole(53, 4000), (Pieces{{0, 0}, {2, 3}}));
  EXPECT_EQ(whole(4000, 53), (Pieces{{0, 3}}));
}

}  // namespace
}  // namespace etymon::capture

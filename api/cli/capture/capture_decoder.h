// CaptureDecoder: from captured frames to the DNS answers that clients were seen to receive.
//
// Plain DNS on port 53, UDP and TCP, IPv4 and IPv6, fragments and segments joined, tunnels opened:
// the innermost addresses count. Datagrams that went together as one are read one by one. Not
// quoted by ICMP, not mDNS or LLMNR. One thread; bounded as its assemblers say. Frames are
// untrusted: what cannot be read is counted and passed over. Where that was a response from port
// 53, or may have been one, its time is told as missed: cut frames and messages, octets behind a
// response, fragments and segments that never came.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "api/cli/capture/capture_span.h"
#include "api/cli/capture/fragment_assembler.h"
#include "api/cli/capture/link_layer.h"
#include "api/cli/capture/missed_spans.h"
#include "api/cli/capture/tcp_assembler.h"
#include "resolver/base/result.h"
#include "resolver/model/answer.h"
#include "resolver/model/delivery.h"

namespace etymon::capture {

// One answer that one client received.
struct ObservedDelivery {
  WallTime at;       // of the frame that made the response whole
  IpAddress client;  // whom the response was sent to
  Transport transport = Transport::kUdp;
  Answer answer;  // `upstream` is who sent it
  uint32_t validity_s = 0;
  IpAddress forwarder = {};  // see Delivery; an export tells it, a capture does not
};

// Takes a delivery; an error ends the reading. Times mostly ascend: a TCP response behind a segment
// that never came is told late, with the time at which it was seen.
using DeliverySink = std::function<Status(const ObservedDelivery& delivery)>;

struct CaptureCounters {
  uint64_t frames = 0;
  uint64_t skipped = 0;     // IP packets that are not DNS, and frames without any IP packet
  uint64_t responses = 0;   // DNS responses
  uint64_t malformed = 0;   // of them, those that could not be read to their end
  uint64_t deliveries = 0;  // told to the sink
};

// A frame as a capture has it: all of its octets, or the first of them.
struct CapturedFrame {
  std::optional<LinkType> link;  // nothing: one that we cannot read; what it brought is missed
  ByteView octets;
  size_t length = octets.size();  // that it had on the wire

  bool is_cut() const { return octets.size() < length; }
};

class CaptureDecoder {
 public:
  explicit CaptureDecoder(DeliverySink sink);
  CaptureDecoder(const CaptureDecoder&) = delete;
  CaptureDecoder& operator=(const CaptureDecoder&) = delete;

  // Returns the sink's error, now and ever after, once it gave one.
  Status add_frame(WallTime at, const CapturedFrame& frame);
  // The capture itself says that it lacks frames of that time.
  void miss(const TimeSpan& span) { missed_.add(span); }
  // The capture ends: tells what waited for segments that never came, and what is missed by that.
  Status finish();

  const CaptureCounters& counters() const { return counters_; }
  // When responses were missed, or may have been. All of them after finish().
  const MissedSpans& missed() const { return missed_; }
  // From the earliest to the latest frame; nothing without one.
  const std::optional<TimeSpan>& span() const { return span_.whole(); }
  // Of the frames' times; see CaptureSpan.
  uint64_t runs() const { return span_.runs(); }

 private:
  // `tunnels`: how many of them the packet came out of.
  void add_packet(WallTime at, ByteView bytes, unsigned tunnels);
  void add_whole(WallTime at, const IpPacket& packet, unsigned tunnels);
  bool add_inside(WallTime at, const IpPacket& packet, unsigned tunnels);
  void add_udp(WallTime at, const IpPacket& packet);
  void add_tcp(WallTime at, const IpPacket& packet);
  void add_run(WallTime at, const Flow& flow, ByteView octets, size_t missing);
  // Gives the size of the response; nothing where it is none, or its end was not reached.
  std::optional<size_t> add_message(WallTime at, const Flow& flow, Transport transport,
                                    ByteView message);
  void skip(WallTime at, bool may_be_response);
  void give_up(const IpPacket& packet, const TimeSpan& heard);
  void tell(const ObservedDelivery& delivery);

  DeliverySink sink_;
  Status status_;
  CaptureCounters counters_;
  CaptureSpan span_;
  MissedSpans missed_;
  FragmentAssembler fragments_;
  TcpAssembler tcp_;
  std::vector<ByteView> packets_;  // of the frame at hand
  bool is_cut_ = false;            // the frame at hand
};

}  // namespace etymon::capture

// TcpAssembler: from TCP segments to the DNS messages in them (RFC 1035 section 4.2.2, RFC 7766).
//
// One thread. Each direction of a connection is a stream of its own. Segments may come out of
// order, twice, overlapping, or not at all. A hole is waited for until kAheadMax octets or
// kSegmentsMax segments lie behind it or the capture ends; then reading goes on at the next segment
// that looks like the start of a response. A connection that the capture shows from its middle
// begins alike. What is not read for that is told as missed: the time within which a hole came, and
// the moments of segments that the capture has cut, or that belong to no message that can be read.
//
// Bounded: kStreamsMax streams, the one least recently heard of gives way; each holds an unfinished
// message (64 KiB) and what lies behind a hole (128 KiB): 96 MiB at most in all.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "resolver/base/bytes.h"
#include "resolver/base/clock.h"
#include "resolver/model/history.h"
#include "resolver/model/ip_address.h"

namespace etymon::capture {

// Who sends to whom.
struct Flow {
  Endpoint source;
  Endpoint destination;

  friend auto operator<=>(const Flow&, const Flow&) = default;
};

struct TcpSegment {
  uint32_t sequence = 0;
  bool syn = false;
  ByteView data;
  size_t cut = 0;  // octets behind `data` that the segment had and the capture has not
};

// One direction of one connection.
class DnsStream {
 public:
  static constexpr size_t kAheadMax = 128 * 1024;
  static constexpr size_t kSegmentsMax = 512;

  // Called with the time of the frame that made the message whole.
  using Emit = std::function<void(WallTime at, ByteView message)>;
  // Called with the time within which messages were missed, or may have been.
  using Miss = std::function<void(const TimeSpan& missed)>;
  struct Sink {
    Emit emit;
    Miss miss;
  };

  void add(WallTime at, const TcpSegment& segment, const Sink& sink);
  // No more segments will come: gives up all holes.
  void finish(const Sink& sink);

 private:
  // What a segment carries.
  struct Octets {
    ByteView data;
    size_t cut = 0;  // see TcpSegment
  };
  struct Held {
    WallTime at;
    std::string data;
    size_t cut = 0;
  };

  void start_at(WallTime at, uint32_t sequence);
  uint64_t position_of(uint32_t sequence) const;
  void add_empty(WallTime at, uint32_t sequence);
  void hold(WallTime at, uint64_t position, const Octets& octets);
  void drain(WallTime not_before, const Sink& sink);
  void skip_hole(const Sink& sink);
  void append(WallTime at, uint64_t position, const Octets& octets, const Sink& sink);
  void take_messages(WallTime at, const Sink& sink);
  void skip_cut(WallTime at, size_t cut, const Sink& sink);

  // Positions are sequence numbers that do not wrap; the first is far enough from 0 to step back.
  std::optional<uint64_t> next_;   // what is expected; nothing before the first segment
  std::optional<uint64_t> first_;  // where the SYN said that the stream begins
  uint64_t whole_from_ = 0;        // from here to `next_` there is no hole
  WallTime whole_until_{};         // no octet before `next_` came later
  bool aligned_ = false;           // `unread_` begins where a message begins
  std::string unread_;
  std::map<uint64_t, Held> ahead_;  // segments behind a hole, by position
  size_t ahead_octets_ = 0;
};

class TcpAssembler {
 public:
  static constexpr size_t kStreamsMax = 512;

  using Emit = std::function<void(const Flow& flow, WallTime at, ByteView message)>;
  using Miss = std::function<void(const Flow& flow, const TimeSpan& missed)>;

  TcpAssembler(Emit emit, Miss miss) : emit_(std::move(emit)), miss_(std::move(miss)) {}

  void add(WallTime at, const Flow& flow, const TcpSegment& segment);
  void finish();

 private:
  struct Entry {
    DnsStream stream;
    uint64_t last_heard = 0;
  };

  DnsStream::Sink sink_for(const Flow& flow) const;
  void make_room();

  Emit emit_;
  Miss miss_;
  std::map<Flow, Entry> streams_;
  uint64_t segments_seen_ = 0;
};

}  // namespace etymon::capture

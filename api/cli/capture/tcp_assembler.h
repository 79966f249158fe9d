// TcpAssembler: from TCP segments to the DNS messages in them (RFC 1035 section 4.2.2, RFC 7766).
//
// One thread. Each direction of a connection is a stream of its own. Segments may come out of
// order, twice, overlapping, or not at all. A hole is waited for until kAheadMax octets or
// kSegmentsMax segments lie behind it or the capture ends; then reading goes on at the next segment
// that looks like the start of a response. A connection that the capture shows from its middle
// begins alike.
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
};

// One direction of one connection.
class DnsStream {
 public:
  static constexpr size_t kAheadMax = 128 * 1024;
  static constexpr size_t kSegmentsMax = 512;

  // Called with the time of the frame that made the message whole.
  using Emit = std::function<void(WallTime at, ByteView message)>;

  void add(WallTime at, const TcpSegment& segment, const Emit& emit);
  // No more segments will come: gives up all holes.
  void finish(const Emit& emit);

 private:
  struct Held {
    WallTime at;
    std::string data;
  };

  void start_at(uint32_t sequence);
  uint64_t position_of(uint32_t sequence) const;
  void hold(WallTime at, uint64_t position, ByteView data);
  void drain(WallTime not_before, const Emit& emit);
  void skip_hole(const Emit& emit);
  void append(WallTime at, uint64_t position, ByteView data, const Emit& emit);
  void take_messages(WallTime at, const Emit& emit);

  // Positions are sequence numbers that do not wrap; the first is far enough from 0 to step back.
  std::optional<uint64_t> next_;   // what is expected; nothing before the first segment
  std::optional<uint64_t> first_;  // where the SYN said that the stream begins
  bool aligned_ = false;           // `unread_` begins where a message begins
  std::string unread_;
  std::map<uint64_t, Held> ahead_;  // segments behind a hole, by position
  size_t ahead_octets_ = 0;
};

class TcpAssembler {
 public:
  static constexpr size_t kStreamsMax = 512;

  using Emit = std::function<void(const Flow& flow, WallTime at, ByteView message)>;

  explicit TcpAssembler(Emit emit) : emit_(std::move(emit)) {}

  void add(WallTime at, const Flow& flow, const TcpSegment& segment);
  void finish();

 private:
  struct Entry {
    DnsStream stream;
    uint64_t last_heard = 0;
  };

  DnsStream::Emit emit_for(const Flow& flow) const;
  void make_room();

  Emit emit_;
  std::map<Flow, Entry> streams_;
  uint64_t segments_seen_ = 0;
};

}  // namespace etymon::capture

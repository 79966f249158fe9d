#include "api/cli/capture/tcp_assembler.h"

#include <algorithm>

#include "resolver/wire/message.h"

namespace etymon::capture {
namespace {

constexpr size_t kLengthPrefix = 2;
constexpr uint64_t kSequenceSpace = uint64_t{1} << 32;

// The octets by which a sequence number may be off without a hole: a keepalive repeats the last
// one, a FIN counts as one (RFC 9293 sections 3.8.4 and 3.4).
constexpr uint64_t kNoOctet = 1;

// Whether the octets can be the start of a length-prefixed response to one question, as far as they
// go. A guess, made only where a stream is joined in its middle.
bool looks_like_start(ByteView data) {
  if (data.size() < kLengthPrefix || load_u16(data.data()) < wire::kHeaderSize) {
    return false;
  }
  if (data.size() < kLengthPrefix + wire::kHeaderSize) {
    return true;
  }
  const wire::Header header = wire::read_header(data.subspan(kLengthPrefix));
  return (header.flags & wire::kFlagQr) != 0 && wire::opcode_of(header.flags) == 0 &&
         header.qdcount == 1;
}

}  // namespace

void DnsStream::add(WallTime at, const TcpSegment& segment, const Sink& sink) {
  const uint32_t sequence = segment.sequence + (segment.syn ? 1U : 0U);
  const bool repeated_syn = first_ && static_cast<uint32_t>(*first_) == sequence;
  if (segment.syn && !repeated_syn) {
    finish(sink);  // The ports are used again: another connection.
    start_at(at, sequence);
    first_ = next_;
    aligned_ = true;
  }
  if (segment.data.empty() && segment.cut == 0) {
    return add_empty(at, sequence);
  }
  if (!next_) {
    start_at(at, sequence);
  }
  const Octets octets = {segment.data, segment.cut};
  const uint64_t position = position_of(sequence);
  if (position > *next_) {
    hold(at, position, octets);
  } else {
    append(at, position, octets, sink);
    drain(at, sink);
  }
  while (ahead_octets_ > kAheadMax || ahead_.size() > kSegmentsMax) {
    skip_hole(sink);
  }
}

void DnsStream::finish(const Sink& sink) {
  while (!ahead_.empty()) {
    skip_hole(sink);
  }
}

void DnsStream::start_at(WallTime at, uint32_t sequence) {
  next_ = kSequenceSpace + sequence;
  whole_from_ = *next_;
  whole_until_ = at;
  first_.reset();
  aligned_ = false;
  unread_.clear();
}

// The position nearest to what is expected; sequence numbers wrap (RFC 9293 section 3.4).
uint64_t DnsStream::position_of(uint32_t sequence) const {
  const auto distance = static_cast<int32_t>(sequence - static_cast<uint32_t>(*next_));
  return *next_ + static_cast<uint64_t>(int64_t{distance});
}

// A segment without octets tells how far its sender has come.
void DnsStream::add_empty(WallTime at, uint32_t sequence) {
  const uint64_t position = next_ ? position_of(sequence) : 0;
  if (next_ && position == *next_) {
    whole_until_ = std::max(whole_until_, at);
  } else if (next_ && position > *next_ + kNoOctet) {
    hold(at, position, {});
  }
}

void DnsStream::hold(WallTime at, uint64_t position, const Octets& octets) {
  const auto [entry, is_new] = ahead_.try_emplace(position, Held{at, {}, octets.cut});
  Held& held = entry->second;
  if (octets.data.size() <= held.data.size()) {
    return;
  }
  ahead_octets_ += octets.data.size() - held.data.size();
  held = {at, std::string(as_text(octets.data)), octets.cut};
}

// Appends what no hole separates any more.
void DnsStream::drain(WallTime not_before, const Sink& sink) {
  while (!ahead_.empty() && ahead_.begin()->first <= *next_) {
    const auto node = ahead_.extract(ahead_.begin());
    const Held& held = node.mapped();
    ahead_octets_ -= held.data.size();
    append(std::max(held.at, not_before), node.key(), {as_bytes(held.data), held.cut}, sink);
  }
}

// REQUIRES: a segment is held.
void DnsStream::skip_hole(const Sink& sink) {
  const auto& [position, behind] = *ahead_.begin();
  sink.miss({std::min(whole_until_, behind.at), std::max(whole_until_, behind.at)});
  next_ = position;
  whole_from_ = position;
  whole_until_ = std::max(whole_until_, behind.at);
  aligned_ = false;
  unread_.clear();
  drain(WallTime::min(), sink);
}

void DnsStream::append(WallTime at, uint64_t position, const Octets& octets, const Sink& sink) {
  if (position + kNoOctet < whole_from_) {
    sink.miss({at, at});  // It comes after all, but what it belongs to was given up.
  }
  const uint64_t known = *next_ - position;
  if (known >= octets.data.size() + octets.cut) {
    return;
  }
  const uint64_t known_data = std::min<uint64_t>(known, octets.data.size());
  const ByteView data = octets.data.subspan(known_data);
  const size_t cut = octets.cut - (known - known_data);
  *next_ += data.size() + cut;
  whole_until_ = std::max(whole_until_, at);
  aligned_ = aligned_ || looks_like_start(data);
  if (!aligned_) {
    return sink.miss({at, at});
  }
  unread_.append(as_text(data));
  take_messages(at, sink);
  if (cut > 0) {
    skip_cut(at, cut, sink);
  }
}

void DnsStream::take_messages(WallTime at, const Sink& sink) {
  ByteReader in(unread_);
  while (in.left() >= kLengthPrefix) {
    ByteReader ahead = in;
    const size_t length = ahead.u16();
    if (length < wire::kHeaderSize) {
      aligned_ = false;  // No message is that short: the stream is not what it seemed.
      unread_.clear();
      return sink.miss({at, at});
    }
    if (ahead.left() < length) {
      break;
    }
    sink.emit(at, ahead.bytes(length));
    in = ahead;
  }
  unread_.erase(0, unread_.size() - in.left());
}

// Where the missed message ends with the segment, as most do, the next one begins behind it.
void DnsStream::skip_cut(WallTime at, size_t cut, const Sink& sink) {
  sink.miss({at, at});
  ByteReader in(unread_);
  const size_t length = kLengthPrefix + in.u16();
  aligned_ = aligned_ && in.ok() && length == unread_.size() + cut;
  unread_.clear();
}

void TcpAssembler::add(WallTime at, const Flow& flow, const TcpSegment& segment) {
  auto entry = streams_.find(flow);
  if (entry == streams_.end()) {
    make_room();
    entry = streams_.emplace(flow, Entry{}).first;
  }
  entry->second.last_heard = ++segments_seen_;
  entry->second.stream.add(at, segment, sink_for(flow));
}

void TcpAssembler::finish() {
  for (auto& [flow, entry] : streams_) {
    entry.stream.finish(sink_for(flow));
  }
  streams_.clear();
}

DnsStream::Sink TcpAssembler::sink_for(const Flow& flow) const {
  return {[this, &flow](WallTime at, ByteView message) { emit_(flow, at, message); },
          [this, &flow](const TimeSpan& missed) { miss_(flow, missed); }};
}

void TcpAssembler::make_room() {
  if (streams_.size() < kStreamsMax) {
    return;
  }
  const auto oldest = std::ranges::min_element(
      streams_, {}, [](const auto& entry) { return entry.second.last_heard; });
  oldest->second.stream.finish(sink_for(oldest->first));
  streams_.erase(oldest);
}

}  // namespace etymon::capture

#include "api/cli/capture/tcp_assembler.h"

#include <algorithm>

#include "resolver/wire/message.h"

namespace etymon::capture {
namespace {

constexpr size_t kLengthPrefix = 2;
constexpr uint64_t kSequenceSpace = uint64_t{1} << 32;

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

void DnsStream::add(WallTime at, const TcpSegment& segment, const Emit& emit) {
  const uint32_t sequence = segment.sequence + (segment.syn ? 1U : 0U);
  const bool repeated_syn = first_ && static_cast<uint32_t>(*first_) == sequence;
  if (segment.syn && !repeated_syn) {
    finish(emit);  // The ports are used again: another connection.
    start_at(sequence);
    first_ = next_;
    aligned_ = true;
  }
  if (segment.data.empty()) {
    return;
  }
  if (!next_) {
    start_at(sequence);
  }
  const uint64_t position = position_of(sequence);
  if (position > *next_) {
    hold(at, position, segment.data);
  } else {
    append(at, position, segment.data, emit);
    drain(at, emit);
  }
  while (ahead_octets_ > kAheadMax || ahead_.size() > kSegmentsMax) {
    skip_hole(emit);
  }
}

void DnsStream::finish(const Emit& emit) {
  while (!ahead_.empty()) {
    skip_hole(emit);
  }
}

void DnsStream::start_at(uint32_t sequence) {
  next_ = kSequenceSpace + sequence;
  first_.reset();
  aligned_ = false;
  unread_.clear();
}

// The position nearest to what is expected; sequence numbers wrap (RFC 9293 section 3.4).
uint64_t DnsStream::position_of(uint32_t sequence) const {
  const auto distance = static_cast<int32_t>(sequence - static_cast<uint32_t>(*next_));
  return *next_ + static_cast<uint64_t>(int64_t{distance});
}

void DnsStream::hold(WallTime at, uint64_t position, ByteView data) {
  Held& held = ahead_[position];
  if (data.size() <= held.data.size()) {
    return;
  }
  ahead_octets_ += data.size() - held.data.size();
  held = {at, std::string(as_text(data))};
}

// Appends what no hole separates any more.
void DnsStream::drain(WallTime not_before, const Emit& emit) {
  while (!ahead_.empty() && ahead_.begin()->first <= *next_) {
    const auto node = ahead_.extract(ahead_.begin());
    const Held& held = node.mapped();
    ahead_octets_ -= held.data.size();
    append(std::max(held.at, not_before), node.key(), as_bytes(held.data), emit);
  }
}

// REQUIRES: a segment is held.
void DnsStream::skip_hole(const Emit& emit) {
  next_ = ahead_.begin()->first;
  aligned_ = false;
  unread_.clear();
  drain(WallTime::min(), emit);
}

void DnsStream::append(WallTime at, uint64_t position, ByteView data, const Emit& emit) {
  const uint64_t known = *next_ - position;
  if (known >= data.size()) {
    return;
  }
  data = data.subspan(known);
  *next_ += data.size();
  aligned_ = aligned_ || looks_like_start(data);
  if (aligned_) {
    unread_.append(as_text(data));
    take_messages(at, emit);
  }
}

void DnsStream::take_messages(WallTime at, const Emit& emit) {
  ByteReader in(unread_);
  while (in.left() >= kLengthPrefix) {
    ByteReader ahead = in;
    const size_t length = ahead.u16();
    if (length < wire::kHeaderSize) {
      aligned_ = false;  // No message is that short: the stream is not what it seemed.
      unread_.clear();
      return;
    }
    if (ahead.left() < length) {
      break;
    }
    emit(at, ahead.bytes(length));
    in = ahead;
  }
  unread_.erase(0, unread_.size() - in.left());
}

void TcpAssembler::add(WallTime at, const Flow& flow, const TcpSegment& segment) {
  auto entry = streams_.find(flow);
  if (entry == streams_.end()) {
    make_room();
    entry = streams_.emplace(flow, Entry{}).first;
  }
  entry->second.last_heard = ++segments_seen_;
  entry->second.stream.add(at, segment, emit_for(flow));
}

void TcpAssembler::finish() {
  for (auto& [flow, entry] : streams_) {
    entry.stream.finish(emit_for(flow));
  }
  streams_.clear();
}

DnsStream::Emit TcpAssembler::emit_for(const Flow& flow) const {
  return [this, &flow](WallTime at, ByteView message) { emit_(flow, at, message); };
}

void TcpAssembler::make_room() {
  if (streams_.size() < kStreamsMax) {
    return;
  }
  const auto oldest = std::ranges::min_element(
      streams_, {}, [](const auto& entry) { return entry.second.last_heard; });
  oldest->second.stream.finish(emit_for(oldest->first));
  streams_.erase(oldest);
}

}  // namespace etymon::capture

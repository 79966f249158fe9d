#include "api/cli/capture/pcapng_file.h"

#include <algorithm>
#include <array>
#include <functional>

namespace etymon::capture {
namespace {

// Types of blocks. That of a section reads alike in both byte orders.
constexpr uint32_t kSection = 0x0A0D0D0A;
constexpr uint32_t kInterface = 1;
constexpr uint32_t kOldPacket = 2;
constexpr uint32_t kSimplePacket = 3;
constexpr uint32_t kStatistics = 5;
constexpr uint32_t kEnhancedPacket = 6;

constexpr size_t kHead = 8;   // type and length
constexpr size_t kTail = 4;   // the length again
constexpr size_t kMagic = 4;  // with which a section tells its byte order
constexpr uint32_t kMagicInOrder = 0x1A2B3C4D;
constexpr uint16_t kMajorVersion = 1;

// Options: what ends them, and those that count here.
constexpr uint16_t kEndOfOptions = 0;
constexpr uint16_t kTimeResolution = 9;       // of an interface
constexpr uint16_t kTimeOffset = 14;          // of an interface
constexpr uint16_t kDroppedBefore = 4;        // of a packet
constexpr uint16_t kDroppedByInterface = 5;   // of statistics
constexpr uint16_t kDroppedBySystem = 7;      // of statistics
constexpr uint16_t kDroppedUnknown = 0xFFFF;  // of an old packet

// What 64 bits can count within a second.
constexpr unsigned kDecimalExponentMax = 19;
constexpr unsigned kBinaryExponentMax = 63;
constexpr uint8_t kResolutionIsBinary = 0x80;

constexpr uint64_t kMicrosecondsPerSecond = 1'000'000;

Error damage(const char* what) {
  return {ErrorCode::kDataLoss, what};
}

constexpr uint64_t power_of_10(unsigned exponent) {
  uint64_t power = 1;
  for (unsigned i = 0; i < exponent; ++i) {
    power *= 10;
  }
  return power;
}

constexpr size_t padding(size_t length) {
  return (4 - length % 4) % 4;
}

using TakeOption = std::function<void(uint16_t code, ByteReader value)>;

// Options are {code, length, value}, padded to four octets. False when one is cut.
bool read_options(ByteReader in, ByteOrder order, const TakeOption& take) {
  while (in.ok() && !in.at_end()) {
    const uint16_t code = order.u16(in);
    const uint16_t length = order.u16(in);
    const ByteView value = in.bytes(length);
    in.bytes(padding(length));
    if (code == kEndOfOptions) {
      break;
    }
    take(code, ByteReader(value));
  }
  return in.ok();
}

std::optional<WallTime> time_of_binary(const CapturedInterface& interface, uint64_t timestamp) {
  constexpr unsigned kExponent = 40;  // of which a million fits into 64 bits
  const unsigned exponent = interface.exponent;
  uint64_t part = timestamp & ((uint64_t{1} << exponent) - 1);
  part >>= exponent > kExponent ? exponent - kExponent : 0;
  const uint64_t seconds = std::min<uint64_t>(timestamp >> exponent, kYear10000);
  return wall_time_of(
      static_cast<int64_t>(seconds) + interface.offset_s,
      static_cast<int64_t>(part * kMicrosecondsPerSecond >> std::min(exponent, kExponent)));
}

std::optional<WallTime> time_of_decimal(const CapturedInterface& interface, uint64_t timestamp) {
  constexpr unsigned kMicrosecond = 6;
  const unsigned exponent = interface.exponent;
  const uint64_t second = power_of_10(exponent);
  const uint64_t part = timestamp % second;
  const uint64_t microseconds = exponent > kMicrosecond
                                    ? part / power_of_10(exponent - kMicrosecond)
                                    : part * power_of_10(kMicrosecond - exponent);
  const uint64_t seconds = std::min<uint64_t>(timestamp / second, kYear10000);
  return wall_time_of(static_cast<int64_t>(seconds) + interface.offset_s,
                      static_cast<int64_t>(microseconds));
}

}  // namespace

std::optional<WallTime> CapturedInterface::time_of(uint64_t timestamp) const {
  return is_binary ? time_of_binary(*this, timestamp) : time_of_decimal(*this, timestamp);
}

Result<std::optional<PcapngFile::Told>> PcapngFile::next() {
  while (true) {
    const Result<bool> read = read_block();
    if (!read) {
      return read.error();
    }
    if (!*read) {
      return std::optional<Told>();
    }
    const Result<Told> told = take_block();
    if (!told) {
      return told.error();
    }
    if (told->frame || told->dropped) {
      return std::optional(*told);
    }
  }
}

// False at the end of the file.
Result<bool> PcapngFile::read_block() {
  std::array<uint8_t, kHead> head{};
  const int first = std::getc(file_);
  if (first == EOF && std::ferror(file_) == 0) {
    return false;
  }
  head[0] = static_cast<uint8_t>(first);
  if (const Status read = read_octets(&head[1], kHead - 1); !read) {
    return read.error();
  }
  ByteReader in{ByteView(head)};
  type_ = order_.u32(in);
  body_.clear();
  if (type_ == kSection) {
    body_.resize(kMagic);
    if (const Status read = read_octets(body_.data(), kMagic); !read) {
      return read.error();
    }
    order_.little = body_[0] == (kMagicInOrder & 0xFF);
  }
  const size_t length = order_.u32(in);
  if (length % 4 != 0 || length < kHead + body_.size() + kTail) {
    return damage("a block has an impossible length");
  }
  const Status read = read_body(length - kHead - kTail);
  return read ? Result<bool>(true) : read.error();
}

// And the length behind it. A part of the body may be there already.
Status PcapngFile::read_body(size_t size) {
  const size_t known = body_.size();
  if (type_ == kSection || type_ <= kEnhancedPacket) {
    if (size > kBlockMax) {
      return damage("a block is longer than 16 MiB");
    }
    body_.resize(size);
  }
  Status read = body_.empty() ? pass_over(size) : read_octets(&body_[known], size - known);
  std::array<uint8_t, kTail> tail{};
  if (read) {
    read = read_octets(tail.data(), tail.size());
  }
  ByteReader in{ByteView(tail)};
  if (read && order_.u32(in) != kHead + size + kTail) {
    return damage("a block ends with another length than it begins with");
  }
  return read;
}

Status PcapngFile::read_octets(uint8_t* out, size_t count) const {
  if (std::fread(out, 1, count, file_) == count) {
    return {};
  }
  return std::ferror(file_) != 0 ? Error{ErrorCode::kIo, "it cannot be read on"}
                                 : damage("it ends within a block");
}

// A pipe cannot be moved within.
Status PcapngFile::pass_over(size_t count) const {
  std::array<uint8_t, 4096> unused{};
  Status read;
  while (read && count > 0) {
    const size_t now = std::min(count, unused.size());
    read = read_octets(unused.data(), now);
    count -= now;
  }
  return read;
}

Result<PcapngFile::Told> PcapngFile::take_block() {
  switch (type_) {
    case kSection:
      return take_section();
    case kInterface:
      return take_interface();
    case kOldPacket:
      return take_old_packet();
    case kSimplePacket:
      return damage("a frame has no time");
    case kStatistics:
      return take_statistics();
    case kEnhancedPacket:
      return take_enhanced_packet();
    default:
      return Told();
  }
}

Result<PcapngFile::Told> PcapngFile::take_section() {
  ByteReader in{ByteView(body_)};
  const uint32_t magic = order_.u32(in);
  const uint16_t version = order_.u16(in);
  if (!in.ok() || magic != kMagicInOrder) {
    return damage("a section does not tell its byte order");
  }
  if (version != kMajorVersion) {
    return damage("a section is of a version that is not known here");
  }
  interfaces_.clear();
  return Told();
}

Result<PcapngFile::Told> PcapngFile::take_interface() {
  ByteReader in{ByteView(body_)};
  const uint16_t link = order_.u16(in);
  in.bytes(6);  // reserved; the limit of a frame's length
  CapturedInterface interface { .link = to_link_type(link) };
  const bool whole = read_options(in, order_, [this, &interface](uint16_t code, ByteReader value) {
    if (code == kTimeResolution) {
      const uint8_t resolution = value.u8();
      interface.is_binary = (resolution & kResolutionIsBinary) != 0;
      interface.exponent = resolution % kResolutionIsBinary;
    } else if (code == kTimeOffset) {
      interface.offset_s = static_cast<int64_t>(order_.u64(value));
    }
  });
  if (!whole || interfaces_.size() == kInterfacesMax) {
    return damage(whole ? "a section has more than 10000 interfaces" : "an interface is cut");
  }
  const unsigned exponent_max = interface.is_binary ? kBinaryExponentMax : kDecimalExponentMax;
  if (interface.exponent > exponent_max || interface.offset_s < -kYear10000 ||
      interface.offset_s > kYear10000) {
    return damage("the times of an interface are impossible");
  }
  any_readable_ = any_readable_ || interface.link;
  first_unreadable_ = interface.link || first_unreadable_ ? first_unreadable_ : link;
  interfaces_.push_back(interface);
  return Told();
}

Result<PcapngFile::Told> PcapngFile::take_enhanced_packet() {
  ByteReader in{ByteView(body_)};
  Packet packet;
  packet.interface = order_.u32(in);
  packet.timestamp = timestamp(in);
  const size_t kept = order_.u32(in);
  packet.length = order_.u32(in);
  packet.octets = in.bytes(kept);
  in.bytes(padding(kept));
  const bool whole = read_options(in, order_, [this, &packet](uint16_t code, ByteReader value) {
    packet.dropped = code == kDroppedBefore ? order_.u64(value) : packet.dropped;
  });
  return whole ? take_packet(packet) : damage("a frame is cut");
}

// Of files from before 2008.
Result<PcapngFile::Told> PcapngFile::take_old_packet() {
  ByteReader in{ByteView(body_)};
  Packet packet;
  packet.interface = order_.u16(in);
  const uint16_t dropped = order_.u16(in);
  packet.dropped = dropped == kDroppedUnknown ? 0 : dropped;
  packet.timestamp = timestamp(in);
  const size_t kept = order_.u32(in);
  packet.length = order_.u32(in);
  packet.octets = in.bytes(kept);
  return in.ok() ? take_packet(packet) : damage("a frame is cut");
}

Result<PcapngFile::Told> PcapngFile::take_packet(const Packet& packet) {
  if (packet.interface >= interfaces_.size()) {
    return damage("a frame is of an interface that is not described");
  }
  CapturedInterface& interface = interfaces_[packet.interface];
  const auto at = interface.time_of(packet.timestamp);
  if (!at) {
    return damage("a frame has an impossible time");
  }
  Told told;
  told.frame = Frame{*at, {interface.link, packet.octets, packet.length}};
  if (packet.dropped > 0) {
    told.dropped =
        TimeSpan{std::min(interface.last_frame, *at), std::max(interface.last_frame, *at)};
  }
  interface.last_frame = *at;
  latest_ = std::max(latest_, *at);
  return told;
}

// They count from the beginning of the capture. Whatever they say of their own time, the frames
// that stand before them in the file were captured before.
Result<PcapngFile::Told> PcapngFile::take_statistics() {
  ByteReader in{ByteView(body_)};
  const uint32_t number = order_.u32(in);
  const uint64_t counted_at = timestamp(in);
  uint64_t dropped = 0;
  const bool whole = read_options(in, order_, [this, &dropped](uint16_t code, ByteReader value) {
    const bool counts = code == kDroppedByInterface || code == kDroppedBySystem;
    dropped += counts ? order_.u64(value) : 0;
  });
  if (!whole || number >= interfaces_.size()) {
    return damage(whole ? "statistics are of an interface that is not described"
                        : "statistics are cut");
  }
  CapturedInterface& interface = interfaces_[number];
  const WallTime at = interface.time_of(counted_at).value_or(latest_);
  Told told;
  if (dropped != interface.dropped) {
    told.dropped = TimeSpan{interface.counted_until, std::max(at, latest_)};
  }
  interface.is_counted = true;
  interface.dropped = dropped;
  interface.counted_until = std::min(at, latest_);
  return told;
}

std::optional<TimeSpan> PcapngFile::uncounted() const {
  WallTime from = latest_;
  for (const CapturedInterface& interface : interfaces_) {
    from = interface.is_counted ? std::min(from, interface.counted_until) : from;
  }
  return from < latest_ ? std::optional(TimeSpan{from, latest_}) : std::nullopt;
}

// The upper half comes first in either byte order.
uint64_t PcapngFile::timestamp(ByteReader& in) const {
  const uint64_t upper = order_.u32(in);
  return upper << 32 | order_.u32(in);
}

}  // namespace etymon::capture

// FrameReader: finds messages in a stream, each behind its two-octet length (RFC 1035
// section 4.2.2, RFC 7766 section 8). Without a socket; belongs to one thread.
//
// Usage: read from the stream into room(), say how much came with filled(), then take next() until
// it is empty. Memory: as much as the largest message under way, at most message_max + 2 octets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "resolver/base/bytes.h"

namespace etymon::net {

class FrameReader {
 public:
  // Longer messages are not waited for, see oversized().
  explicit FrameReader(size_t message_max) : message_max_(message_max) {}

  // Where the stream goes on: what is missing of the message under way, or some octets when that
  // is short, so that who has sent one long message is given no more at once. Never empty as long
  // as next() was called until it was empty and no message is oversized. Valid until the next call.
  std::span<uint8_t> room();
  void filled(size_t octets) { end_ += octets; }

  // What has come and was not taken yet; valid until the next room().
  ByteView held() const { return ByteView(buffer_).subspan(begin_, end_ - begin_); }
  // Takes octets that are no frame. REQUIRES: as many are held.
  void skip(size_t octets) { begin_ += octets; }

  // The next whole message; valid until the next room().
  std::optional<ByteView> next();

  // Some octets of a message are here, but not all.
  bool inside_message() const { return end_ > begin_; }
  // The length says that the message now coming is longer than allowed: the stream is of no use.
  bool oversized() const { return length_known() && frame_size() > message_max_ + kLengthSize; }

 private:
  static constexpr size_t kLengthSize = 2;

  bool length_known() const { return end_ - begin_ >= kLengthSize; }
  size_t frame_size() const { return kLengthSize + load_u16(buffer_.data() + begin_); }

  size_t message_max_;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;  // of the octets that are held and not yet handed out
  size_t end_ = 0;
};

}  // namespace etymon::net

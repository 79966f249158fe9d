#include "resolver/net/frame_reader.h"

#include <algorithm>
#include <cstring>

namespace etymon::net {
namespace {

// Most messages fit; a longer one makes the buffer grow to its size.
constexpr size_t kFirstSize = 512;

}  // namespace

std::span<uint8_t> FrameReader::room() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const size_t needed = length_known() ? std::min(frame_size(), message_max_ + kLengthSize) : 0;
  const size_t size = std::max(needed, kFirstSize);
  if (buffer_.size() < size) {
    buffer_.resize(size);
  }
  return std::span(buffer_).first(size).subspan(end_);
}

std::optional<ByteView> FrameReader::next() {
  if (!length_known() || oversized() || end_ - begin_ < frame_size()) {
    return std::nullopt;
  }
  const size_t size = frame_size();
  const ByteView message = ByteView(buffer_).subspan(begin_ + kLengthSize, size - kLengthSize);
  begin_ += size;
  return message;
}

}  // namespace etymon::net

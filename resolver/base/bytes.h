// Bytes: reading and writing numbers in byte strings. Header only, no state, any thread.
//
// ByteReader never reads past its end: a read that would returns zero or an empty view and marks
// the reader as failed, so that a decoder may read on and ask ok() once.
// Numbers in DNS and in our keys are big-endian (network order, and so sorted by memcmp); numbers
// in our values are varints: 7 bits a byte, least significant first, high bit set on all but the
// last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace etymon {

using ByteView = std::span<const uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline uint16_t load_u16(const uint8_t* p) {
  return static_cast<uint16_t>(p[0] << 8 | p[1]);
}

inline uint32_t load_u32(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | uint32_t{p[3]};
}

inline void store_u16(uint8_t* p, uint16_t value) {
  p[0] = static_cast<uint8_t>(value >> 8);
  p[1] = static_cast<uint8_t>(value);
}

inline void store_u32(uint8_t* p, uint32_t value) {
  store_u16(p, static_cast<uint16_t>(value >> 16));
  store_u16(p + 2, static_cast<uint16_t>(value));
}

// Small negative numbers become small unsigned ones: 0, -1, 1, -2 -> 0, 1, 2, 3.
inline uint64_t zigzag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}

inline int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}
  explicit ByteReader(std::string_view text) : bytes_(as_bytes(text)) {}

  bool ok() const { return ok_; }
  size_t left() const { return bytes_.size(); }
  bool at_end() const { return bytes_.empty(); }

  ByteView bytes(size_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const ByteView taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }

  uint8_t u8() {
    if (bytes_.empty()) {
      ok_ = false;
      return 0;
    }
    const uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }

  uint16_t u16() {
    const ByteView b = bytes(2);
    return b.empty() ? uint16_t{0} : load_u16(b.data());
  }

  uint32_t u32() {
    const ByteView b = bytes(4);
    return b.empty() ? 0 : load_u32(b.data());
  }

  uint64_t u64() {
    const uint64_t high = u32();
    return high << 32 | u32();
  }

  uint64_t varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t b = u8();
      value |= uint64_t{b & 0x7FU} << shift;
      if ((b & 0x80U) == 0) {
        return value;
      }
    }
    ok_ = false;  // More than ten bytes: no number of ours is that long.
    return 0;
  }

  // A varint length, then that many bytes.
  ByteView block() { return bytes(static_cast<size_t>(varint())); }

 private:
  ByteView bytes_;
  bool ok_ = true;
};

// Appends to a string that the caller owns.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void u8(uint8_t value) { out_.push_back(static_cast<char>(value)); }

  void u16(uint16_t value) {
    uint8_t raw[2];
    store_u16(raw, value);
    bytes(raw);
  }

  void u32(uint32_t value) {
    uint8_t raw[4];
    store_u32(raw, value);
    bytes(raw);
  }

  void u64(uint64_t value) {
    u32(static_cast<uint32_t>(value >> 32));
    u32(static_cast<uint32_t>(value));
  }

  void varint(uint64_t value) {
    while (value >= 0x80) {
      u8(static_cast<uint8_t>(value | 0x80));
      value >>= 7;
    }
    u8(static_cast<uint8_t>(value));
  }

  void bytes(ByteView value) { out_.append(as_text(value)); }

  void block(ByteView value) {
    varint(value.size());
    bytes(value);
  }

 private:
  std::string& out_;
};

}  // namespace etymon

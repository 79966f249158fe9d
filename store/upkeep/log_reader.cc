#include "store/upkeep/log_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>

namespace etymon::store {
namespace {

constexpr size_t kBlock = 32 << 10;
constexpr size_t kHeader = 4 + 2 + 1;  // checksum, length, type; all numbers little-endian
// Larger than any log: RocksDB begins another one long before.
constexpr size_t kFileMax = size_t{1} << 30;

enum Type : uint8_t { kNone = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

std::array<uint32_t, 256> make_table() {
  constexpr uint32_t kPolynomial = 0x82F63B78;
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1) != 0 ? (value >> 1) ^ kPolynomial : value >> 1;
    }
    table[i] = value;
  }
  return table;
}

// Puts records together from their fragments.
class Assembly {
 public:
  explicit Assembly(const VisitLog& visit) : visit_(visit) {}

  void damage() {
    is_open_ = false;
    if (!damaged_) {
      visit_(LogPiece::kDamage, {});
    }
    damaged_ = true;  // until the next good record: one hole is told once
  }

  void torn() { visit_(LogPiece::kTornEnd, {}); }

  void add(uint8_t type, std::string_view payload) {
    const bool begins = type == kFull || type == kFirst;
    if (begins && is_open_) {
      damage();  // The end of the record before is missing.
    }
    if (begins) {
      record_.clear();
    } else if (!is_open_) {
      return damage();  // The beginning of this one is missing.
    }
    record_.append(payload);
    is_open_ = type == kFirst || type == kMiddle;
    if (!is_open_) {
      damaged_ = false;
      visit_(LogPiece::kRecord, record_);
    }
  }

  bool is_open() const { return is_open_; }

 private:
  const VisitLog& visit_;
  std::string record_;
  bool is_open_ = false;  // record_ waits for more
  bool damaged_ = false;
};

bool is_zero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

void read_block(std::string_view block, bool is_last, Assembly& assembly) {
  while (block.size() >= kHeader) {
    const uint64_t checksum = little_endian(block.substr(0, 4));
    const size_t length = little_endian(block.substr(4, 2));
    const auto type = static_cast<uint8_t>(block[6]);
    if (type == kNone && length == 0 && is_zero(block)) {
      if (!is_last) {
        assembly.damage();
      }
      return;  // Space that was made ready and not written.
    }
    const bool is_type = type >= kFull && type <= kLast;
    if (kHeader + length > block.size()) {
      return is_last && is_type ? assembly.torn() : assembly.damage();
    }
    if (!is_type || masked(crc32c(block.substr(6, length + 1))) != checksum) {
      return assembly.damage();  // Its length cannot be believed: the next block.
    }
    assembly.add(type, block.substr(kHeader, length));
    block.remove_prefix(kHeader + length);
  }
  if (is_last && !block.empty() && !is_zero(block)) {
    assembly.torn();
  }
}

}  // namespace

uint64_t little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) {
    value = value << 8 | static_cast<uint8_t>(bytes[i - 1]);
  }
  return value;
}

uint32_t crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> kTable = make_table();
  uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  }
  return crc ^ 0xFFFFFFFF;
}

uint32_t masked(uint32_t crc) {
  constexpr uint32_t kDelta = 0xA282EAD8;
  return (crc >> 15 | crc << 17) + kDelta;
}

Status read_log(const std::string& path, const VisitLog& visit) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return Error{ErrorCode::kIo, "cannot read " + path};
  }
  Assembly assembly(visit);
  std::string block(kBlock, '\0');
  for (size_t read = 0; read < kFileMax; read += kBlock) {
    stream.read(block.data(), static_cast<std::streamsize>(kBlock));
    const auto got = static_cast<size_t>(stream.gcount());
    const bool is_last = got < kBlock || stream.peek() == std::ifstream::traits_type::eof();
    read_block(std::string_view(block).substr(0, got), is_last, assembly);
    if (is_last) {
      break;
    }
  }
  if (assembly.is_open()) {
    assembly.torn();
  }
  return {};
}

}  // namespace etymon::store

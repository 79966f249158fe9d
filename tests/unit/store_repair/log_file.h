// A log as RocksDB writes it, made by hand.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "store/upkeep/log_reader.h"

namespace etymon::store {

class LogFile {
 public:
  void add(const std::string& record) {
    size_t from = 0;
    do {
      const size_t left = kBlock - text_.size() % kBlock;
      if (left < kHeader) {
        text_.append(left, '\0');
        continue;
      }
      const size_t piece = std::min(record.size() - from, left - kHeader);
      const bool begins = from == 0;
      const bool ends = from + piece == record.size();
      add_piece(begins ? (ends ? 1 : 2) : (ends ? 4 : 3), record.substr(from, piece));
      from += piece;
    } while (from < record.size());
  }

  std::string& text() { return text_; }
  const std::string& text() const { return text_; }

 private:
  static constexpr size_t kBlock = 32 << 10;
  static constexpr size_t kHeader = 7;

  void add_number(uint32_t number, int octets) {
    for (int i = 0; i < octets; ++i) {
      text_.push_back(static_cast<char>(number >> (8 * i)));
    }
  }

  void add_piece(char type, const std::string& payload) {
    add_number(masked(crc32c(std::string(1, type) + payload)), 4);
    add_number(static_cast<uint32_t>(payload.size()), 2);
    text_.push_back(type);
    text_ += payload;
  }

  std::string text_;
};

}  // namespace etymon::store

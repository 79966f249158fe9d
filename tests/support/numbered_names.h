// The zone of the benchmarks: nN.bench is an alias of nN.edge.bench, which has the one address
// 100.64.0.0 + N. Messages of about 70 octets, compressed as name servers do it.
//
// Pure functions without allocation, so that a load generator or an upstream that shares a machine
// with what it measures takes little of it.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>

#include "resolver/base/bytes.h"

namespace etymon::testing {

inline constexpr size_t kNumberedMessageMax = 128;
inline constexpr uint32_t kNumberedTtl = 86'400;

// Seconds. Name number N has the Nth of these TTLs, and so round again.
struct NumberedTtls {
  uint32_t shortest = kNumberedTtl;
  uint32_t longest = kNumberedTtl;

  uint32_t of(uint32_t number) const { return shortest + number % (longest - shortest + 1); }
};

namespace numbered {

inline constexpr size_t kHeaderSize = 12;
inline constexpr uint16_t kPointer = 0xC000;  // RFC 1035 section 4.1.4
inline constexpr uint16_t kA = 1;
inline constexpr uint16_t kCname = 5;
inline constexpr uint16_t kInternet = 1;

// Writes numbers and octets one behind the other.
class Pen {
 public:
  explicit Pen(uint8_t* out) : begin_(out), at_(out) {}

  Pen& u16(uint16_t value) {
    store_u16(at_, value);
    at_ += 2;
    return *this;
  }
  Pen& u32(uint32_t value) {
    store_u32(at_, value);
    at_ += 4;
    return *this;
  }
  Pen& octets(ByteView bytes) {
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
    return *this;
  }
  Pen& text(std::string_view octets_as_text) { return octets(as_bytes(octets_as_text)); }
  // The label of name number `number`.
  Pen& label(uint32_t number) {
    char* digits = reinterpret_cast<char*>(at_) + 2;
    const char* end = std::to_chars(digits, digits + 10, number).ptr;
    at_[0] = static_cast<uint8_t>(end - digits + 1);
    at_[1] = 'n';
    at_ += at_[0] + 1;
    return *this;
  }
  // Owner, type, class, TTL and length of the data of a record.
  Pen& record(size_t owner_at, uint16_t type, uint32_t ttl, size_t data_size) {
    u16(static_cast<uint16_t>(kPointer | owner_at)).u16(type).u16(kInternet);
    return u32(ttl).u16(static_cast<uint16_t>(data_size));
  }

  size_t written() const { return static_cast<size_t>(at_ - begin_); }

 private:
  uint8_t* begin_;
  uint8_t* at_;
};

}  // namespace numbered

// Asks for the address of name number `number`. `out` has room for kNumberedMessageMax octets.
// Returns the length.
inline size_t write_numbered_query(uint32_t number, uint16_t id, uint8_t* out) {
  numbered::Pen pen(out);
  pen.u16(id).u16(0x0100).u16(1).u16(0).u16(0).u16(0);  // RD; one question
  pen.label(number).text(std::string_view("\5bench\0", 7));
  return pen.u16(numbered::kA).u16(numbered::kInternet).written();
}

// Answers such a question, whose name may be in any case and be followed by an OPT. Returns 0 when
// it is none. `out` as above.
inline size_t write_numbered_answer(ByteView query, uint8_t* out, const NumberedTtls& ttls = {}) {
  using numbered::kHeaderSize;
  const size_t label_size = query.size() > kHeaderSize ? query[kHeaderSize] : 0;
  const size_t zone_at = kHeaderSize + 1 + label_size;
  const size_t question_end = zone_at + 7 + 4;  // \5bench\0, type and class
  uint32_t number = 0;
  if (query.size() < question_end || label_size < 2) {
    return 0;
  }
  const char* digits = reinterpret_cast<const char*>(query.data()) + kHeaderSize + 2;
  if (std::from_chars(digits, digits + label_size - 1, number).ec != std::errc()) {
    return 0;
  }
  numbered::Pen pen(out);
  pen.octets(query.first(2)).u16(0x8180).u16(1).u16(2).u16(0).u16(0);  // QR, RD, RA
  pen.octets(query.subspan(kHeaderSize, question_end - kHeaderSize));
  const size_t target_size = 1 + label_size + 5 + 2;  // \nN, \4edge, pointer to the zone
  pen.record(kHeaderSize, numbered::kCname, ttls.of(number), target_size);
  const size_t target_at = pen.written();
  pen.label(number).text("\4edge");
  pen.u16(static_cast<uint16_t>(numbered::kPointer | zone_at));
  pen.record(target_at, numbered::kA, ttls.of(number), 4).u32(0x64400000U + number);
  return pen.written();
}

inline std::string numbered_query(uint32_t number, uint16_t id = 0) {
  std::string message(kNumberedMessageMax, '\0');
  message.resize(write_numbered_query(number, id, reinterpret_cast<uint8_t*>(message.data())));
  return message;
}

inline std::string numbered_answer(uint32_t number) {
  std::string message(kNumberedMessageMax, '\0');
  const std::string query = numbered_query(number);
  message.resize(
      write_numbered_answer(as_bytes(query), reinterpret_cast<uint8_t*>(message.data())));
  return message;
}

}  // namespace etymon::testing

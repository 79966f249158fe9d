// A message's octets, written field by field without the message. Pure functions, any thread.
//
// Each writes to `to`, which has room, and gives the end of what it wrote. The octets are those
// that protobuf writes when the fields come in the order of their numbers: a number that is zero is
// left out, and a length takes as few octets as it can.
// https://protobuf.dev/programming-guides/encoding
#pragma once

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "resolver/base/clock.h"

namespace etymon::service {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2 };

// Octets of a field's tag and of the length of what it holds, at most: of fields below 2,048 that
// hold less than 32 GiB.
inline constexpr size_t kFieldHeadMax = 2 + 5;

inline char* write_varint(uint64_t number, char* to) {
  using google::protobuf::io::CodedOutputStream;
  auto* const octets = reinterpret_cast<uint8_t*>(to);
  return to + (CodedOutputStream::WriteVarint64ToArray(number, octets) - octets);
}

inline char* write_tag(int field, WireType type, char* to) {
  return write_varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(type), to);
}

// Of the types uint32, uint64, int32 and int64.
inline char* write_number(int field, uint64_t number, char* to) {
  return number == 0 ? to : write_varint(number, write_tag(field, WireType::kVarint, to));
}

inline char* write_flag(int field, bool flag, char* to) {
  return write_number(field, uint64_t{flag}, to);
}

template <class Enum>
char* write_enum(int field, Enum value, char* to) {
  return write_number(field, static_cast<uint64_t>(value), to);
}

inline char* write_double(int field, double number, char* to) {
  const auto bits = std::bit_cast<uint64_t>(number);
  if (bits == 0) {
    return to;
  }
  to = write_tag(field, WireType::kFixed64, to);
  google::protobuf::io::CodedOutputStream::WriteLittleEndian64ToArray(
      bits, reinterpret_cast<uint8_t*>(to));
  return to + sizeof bits;
}

// A text or a message: what `write` writes to where it is told, and gives the end of.
template <class Write>
char* write_part(int field, char* to, const Write& write) {
  constexpr size_t kShort = 128;  // octets of which the length takes more than one
  char* const length = write_tag(field, WireType::kLength, to);
  char* const begin = length + 1;
  char* const end = write(begin);
  const auto size = static_cast<size_t>(end - begin);
  if (size < kShort) {
    *length = static_cast<char>(size);
    return end;
  }
  const size_t more = google::protobuf::io::CodedOutputStream::VarintSize64(size) - 1;
  std::memmove(begin + more, begin, size);
  write_varint(size, length);
  return end + more;
}

// As the API's texts are: a DomainName, IpAddress or Endpoint.
template <class T>
char* write_text(int field, const T& value, char* to) {
  return write_part(field, to, [&](char* at) { return value.write_text(at); });
}

// What was written before.
inline char* write_octets(int field, std::string_view octets, char* to) {
  return write_part(field, to, [&](char* at) { return std::ranges::copy(octets, at).out; });
}

// A google.protobuf.Timestamp.
char* write_time(int field, WallTime time, char* to);

// A google.protobuf.Duration.
char* write_duration(int field, Microseconds duration, char* to);

}  // namespace etymon::service

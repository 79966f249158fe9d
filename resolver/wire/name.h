// Names as they stand in a message, compressed or not (RFC 1035 section 4.1.4).
//
// Pure functions, any thread, no allocation. A message that hands out pointers in circles, forwards
// or without end costs no more than kJumpMax steps a name.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

#include "resolver/wire/message.h"

namespace etymon::wire {

inline constexpr size_t kNameMax = 255;  // RFC 1035 section 2.3.4, root label included

// A name has at most 127 labels, and a pointer that adds no label is useless.
inline constexpr unsigned kJumpMax = 127;

// What begins at an octet of a name: a label has at most 63 octets, a pointer both upper bits set.
inline constexpr uint8_t kLabelMax = 63;
inline constexpr bool is_pointer(uint8_t octet) {
  return octet >= 0xC0;
}

// Octets of a message that a pointer can lead to, the header's included.
inline constexpr size_t kPointerReach = size_t{1} << 14;
// Where the pointer at `at` leads. REQUIRES: two octets are there.
inline size_t pointer_target(ByteView message, size_t at) {
  return load_u16(&message[at]) & (kPointerReach - 1);
}

// An expanded name in lower case: what names are compared by.
class NameBuffer {
 public:
  std::string_view view() const { return {reinterpret_cast<const char*>(octets_.data()), size_}; }
  void clear() { size_ = 0; }
  // Appends labels with their length octets; false when the name gets longer than a name may be.
  bool append(ByteView labels);

 private:
  std::array<uint8_t, kNameMax> octets_;
  size_t size_ = 0;
};

// Expands the name at `at`. Returns the offset behind the name where it stands, or 0 when it is
// cut, too long, uses an unknown label type, or points anywhere but backwards.
size_t expand_name(ByteView message, size_t at, NameBuffer& out);

// The names above one name, found without walking its labels again.
class NamesAbove {
 public:
  // `name`: expanded, lower case; it is looked into.
  explicit NamesAbove(std::string_view name);
  // The same name is not above itself.
  bool has(std::string_view ancestor) const {
    return ancestor.size() < name_.size() && cuts_[name_.size() - ancestor.size()] &&
           name_.ends_with(ancestor);
  }

 private:
  std::string_view name_;
  std::bitset<kNameMax + 1> cuts_;  // where its labels begin
};

}  // namespace etymon::wire

// Names as they stand in a message, compressed or not (RFC 1035 section 4.1.4).
//
// Pure functions, any thread, no allocation. A message that hands out pointers in circles, forwards
// or without end costs no more than kJumpMax steps a name.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "resolver/wire/message.h"

namespace etymon::wire {

inline constexpr size_t kNameMax = 255;  // RFC 1035 section 2.3.4, root label included

// A name has at most 127 labels, and a pointer that adds no label is useless.
inline constexpr unsigned kJumpMax = 127;

// An expanded name in lower case: what names are compared by.
class NameBuffer {
 public:
  std::string_view view() const { return {reinterpret_cast<const char*>(octets_.data()), size_}; }
  void clear() { size_ = 0; }
  // Appends one label with its length octet; false when the name gets longer than a name may be.
  bool append(ByteView label);

 private:
  std::array<uint8_t, kNameMax> octets_;
  size_t size_ = 0;
};

// Where labels begin in the names of one message. A pointer may lead to such a place only ("a prior
// occurrence of the same name"): one into a TTL, say, would make a name that changes as it ages.
class LabelStarts {
 public:
  void add(size_t at) {
    if (at < starts_.size()) {
      starts_[at] = true;
    }
  }
  bool contains(size_t at) const { return starts_[at]; }

 private:
  std::vector<bool> starts_ = std::vector<bool>(size_t{1} << 14);  // a pointer has 14 bits
};

// Expands the name at `at`. Returns the offset behind the name where it stands, or 0 when it is
// cut, too long, uses an unknown label type, or points anywhere but backwards.
size_t expand_name(ByteView message, size_t at, NameBuffer& out);

// The same for a message that is read in order, from the question on: pointers must lead to
// `starts`, and the labels that stand at `at` join them.
size_t expand_name_in_order(ByteView message, size_t at, NameBuffer& out, LabelStarts& starts);

// True when `name` lies below `ancestor` and is not the same. Both expanded, lower case.
bool is_below(std::string_view name, std::string_view ancestor);

}  // namespace etymon::wire

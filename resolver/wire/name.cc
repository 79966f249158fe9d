#include "resolver/wire/name.h"

#include <algorithm>

#include "resolver/model/domain_name.h"

namespace etymon::wire {

bool NameBuffer::append(ByteView labels) {
  if (labels.size() > octets_.size() - size_) {
    return false;
  }
  copy_in_lower_case(labels, octets_.data() + size_);
  size_ += labels.size();
  return true;
}

size_t expand_name(ByteView message, size_t at, NameBuffer& out) {
  out.clear();
  size_t behind = 0;          // set at the first pointer: there the name ends where it stands
  size_t segment_start = at;  // every pointer must lead to before this, so the walk ends
  unsigned jumps = 0;
  while (at < message.size()) {
    const uint8_t octet = message[at];
    if (octet <= kLabelMax) {
      const size_t size = size_t{octet} + 1;
      if (size > message.size() - at || !out.append(message.subspan(at, size))) {
        return 0;
      }
      at += size;
      if (octet == 0) {
        return behind != 0 ? behind : at;
      }
      continue;
    }
    if (!is_pointer(octet) || message.size() - at < 2) {
      return 0;
    }
    const size_t target = pointer_target(message, at);
    if (target < kHeaderSize || target >= segment_start || ++jumps > kJumpMax) {
      return 0;
    }
    behind = behind != 0 ? behind : at + 2;
    at = segment_start = target;
  }
  return 0;
}

NamesAbove::NamesAbove(std::string_view name) : name_(name) {
  for (size_t at = 0; at < name.size(); at += static_cast<uint8_t>(name[at]) + size_t{1}) {
    cuts_.set(at);
  }
}

}  // namespace etymon::wire

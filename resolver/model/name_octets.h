// A name's octets, uncompressed, as a message or DomainName::wire() has them: their case, and the
// names above. What is asked of every query allocates nothing. Pure functions and a value, any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "resolver/base/bytes.h"
#include "resolver/model/domain_name.h"

namespace etymon {

// A question's name in lower case, on the stack: what names are looked up by.
class LowerName {
 public:
  // REQUIRES: an uncompressed name, checked when the query was read.
  explicit LowerName(ByteView qname) : size_(qname.size()) {
    for (size_t i = 0; i < qname.size(); ++i) {
      octets_[i] = static_cast<char>(to_lower(qname[i]));
    }
  }
  std::string_view view() const { return {octets_.data(), size_}; }

 private:
  std::array<char, DomainName::kWireMax> octets_;
  size_t size_;
};

// Any octets in lower case.
inline std::string lower_case(std::string_view octets) {
  std::string lower(octets);
  copy_in_lower_case(as_bytes(lower), reinterpret_cast<uint8_t*>(lower.data()));
  return lower;
}

// The name one label up. REQUIRES: `name` is not the root.
inline std::string_view parent_of(std::string_view name) {
  return name.substr(size_t{static_cast<uint8_t>(name.front())} + 1);
}

inline bool is_root(std::string_view name) {
  return name.size() <= 1;
}

}  // namespace etymon

// A name's ancestors and labels, without allocation. Pure functions, any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "resolver/base/bytes.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/record.h"

namespace etymon::local {

// A question's name in lower case: what all local knowledge is found by.
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

inline constexpr RecordType kDs{43};      // RFC 4034 section 5
inline constexpr RecordType kDnskey{48};  // section 2

// The name one label up. REQUIRES: `name` is not the root.
inline std::string_view parent_of(std::string_view name) {
  return name.substr(size_t{static_cast<uint8_t>(name.front())} + 1);
}

inline bool is_root(std::string_view name) {
  return name.size() <= 1;
}

// The name's last label: "example" of "www.example". REQUIRES: `name` is not the root.
inline std::string_view top_of(std::string_view name) {
  while (!is_root(parent_of(name))) {
    name = parent_of(name);
  }
  return name;
}

// Whether the name, wire octets in lower case, is of the letters that hosts are named with: all
// others make something else of it (a wildcard, a URL, a pattern).
inline bool is_host_name(std::string_view name) {
  const auto is_usual = [](char octet) {
    return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-' ||
           octet == '_';
  };
  for (; !is_root(name); name = parent_of(name)) {
    if (!std::ranges::all_of(name.substr(1, static_cast<uint8_t>(name.front())), is_usual)) {
      return false;
    }
  }
  return true;
}

// Things by name, wire octets in lower case; found without making a string.
struct NameHash {
  using is_transparent = void;
  size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
};
template <class T>
using NameMap = std::unordered_map<std::string, T, NameHash, std::equal_to<>>;

}  // namespace etymon::local

// A name's labels, and things that are found by name, without allocation. Pure functions, any
// thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "resolver/model/name_octets.h"
#include "resolver/model/record.h"

namespace etymon::local {

inline constexpr RecordType kDs{43};      // RFC 4034 section 5
inline constexpr RecordType kDnskey{48};  // section 2

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

// Names that a weak hash does not tell apart: CRC-32 is linear, so whoever wants names with the
// same one calculates as many as he likes (CVE-2020-25685). Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace etymon::testing {

inline constexpr uint32_t kCrcPolynomial = 0xEDB88320;  // of Ethernet, gzip and dnsmasq

// The register behind `octets`, from its beginning or another state.
inline uint32_t crc32_register(std::string_view octets, uint32_t state = 0xFFFFFFFF) {
  for (const char octet : octets) {
    state ^= static_cast<uint8_t>(octet);
    for (int bit = 0; bit < 8; ++bit) {
      state = state >> 1U ^ ((state & 1U) != 0 ? kCrcPolynomial : 0);
    }
  }
  return state;
}

// The four octets that bring the register from one state to another.
inline std::string crc32_step(uint32_t from, uint32_t to) {
  for (int bit = 0; bit < 32; ++bit) {
    to = (to & 0x80000000) != 0 ? (to ^ kCrcPolynomial) << 1U | 1U : to << 1U;
  }
  std::string octets;
  for (const unsigned shift : {0U, 8U, 16U, 24U}) {
    octets += static_cast<char>((to ^ from) >> shift);
  }
  return octets;
}

// `count` names of the same length and CRC-32, which differ in the octets of the first label; no
// letter in them has an upper case. `name`: wire octets, its first label has twelve octets or more.
inline std::vector<std::string> names_colliding_with(const std::string& name, size_t count) {
  constexpr size_t kNumberSize = 8;
  constexpr size_t kChanged = 1 + kNumberSize + 4;
  const uint32_t wanted = crc32_register(std::string_view(name).substr(0, kChanged));
  std::vector<std::string> names;
  for (unsigned number = 0; names.size() < count; ++number) {
    char digits[kNumberSize + 1];
    std::snprintf(digits, sizeof digits, "%08u", number);
    std::string changed = name.substr(0, 1) + digits;
    changed += crc32_step(crc32_register(changed), wanted);
    if (changed.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1) == changed.npos) {
      names.push_back(changed + name.substr(kChanged));
    }
  }
  return names;
}

}  // namespace etymon::testing

#include "resolver/model/host.h"

#include <algorithm>

namespace etymon {
namespace {

constexpr size_t kMacText = 17;  // six pairs of digits and five marks between them

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const auto lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? std::optional(static_cast<unsigned>(lower - 'a') + 10)
                                      : std::nullopt;
}

}  // namespace

std::optional<MacAddress> MacAddress::from_text(std::string_view text) {
  if (text.size() != kMacText) {
    return std::nullopt;
  }
  Octets octets{};
  for (size_t i = 0; i < octets.size(); ++i) {
    const auto high = hex_digit(text[3 * i]);
    const auto low = hex_digit(text[3 * i + 1]);
    const bool marked = i == 0 || text[3 * i - 1] == ':' || text[3 * i - 1] == '-';
    if (!high || !low || !marked) {
      return std::nullopt;
    }
    octets[i] = static_cast<uint8_t>(*high << 4 | *low);
  }
  return of_device(octets);
}

std::optional<MacAddress> MacAddress::of_device(std::span<const uint8_t> octets) {
  constexpr uint8_t kGroup = 0x01;  // IEEE 802: also set in the broadcast address
  Octets copy{};
  if (octets.size() != copy.size() || (octets[0] & kGroup) != 0 ||
      std::ranges::all_of(octets, [](uint8_t octet) { return octet == 0; })) {
    return std::nullopt;
  }
  std::ranges::copy(octets, copy.begin());
  return MacAddress(copy);
}

std::string MacAddress::text() const {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const uint8_t octet : octets_) {
    text += text.empty() ? "" : ":";
    text += kDigits[octet >> 4];
    text += kDigits[octet & 0xF];
  }
  return text;
}

std::string MacAddress::device() const {
  return "mac:" + text();
}

}  // namespace etymon

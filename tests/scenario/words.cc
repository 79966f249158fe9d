#include "tests/scenario/words.h"

#include <charconv>

namespace etymon::scenario {
namespace {

Error wrong(const std::string& what) {
  return {ErrorCode::kInvalidArgument, what};
}

}  // namespace

Result<Words> Words::read(const std::vector<std::string>& words, size_t first,
                          const std::set<std::string>& flags, const std::set<std::string>& values) {
  Words result;
  for (size_t i = first; i < words.size(); ++i) {
    const size_t sign = words[i].find('=');
    const std::string name = words[i].substr(0, sign);
    if (sign == std::string::npos && flags.contains(name)) {
      result.flags_.insert(name);
    } else if (sign != std::string::npos && values.contains(name)) {
      result.values_[name] = words[i].substr(sign + 1);
    } else {
      return wrong("'" + words[i] + "' means nothing here");
    }
  }
  return result;
}

std::optional<std::string> Words::value(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

Result<uint32_t> Words::number(const std::string& name, uint32_t otherwise) const {
  const std::optional<std::string> text = value(name);
  if (!text) {
    return otherwise;
  }
  const Result<uint32_t> number = number_from(*text);
  return number.ok() ? number : wrong(name + "=" + number.error().message);
}

Result<uint32_t> number_from(const std::string& text) {
  const bool hex = text.starts_with("0x");
  const char* begin = text.data() + (hex ? 2 : 0);
  const char* end = text.data() + text.size();
  uint32_t number = 0;
  const auto [last, problem] = std::from_chars(begin, end, number, hex ? 16 : 10);
  if (problem != std::errc() || last != end) {
    return wrong(text + " is not a number");
  }
  return number;
}

Result<std::string> octets_from(const std::string& hex) {
  std::string octets;
  for (size_t i = 0; i < hex.size(); i += 2) {
    unsigned octet = 0;
    const char* end = hex.data() + std::min(i + 2, hex.size());
    const auto [last, problem] = std::from_chars(hex.data() + i, end, octet, 16);
    if (problem != std::errc() || last != end || hex.size() % 2 != 0) {
      return wrong("'" + hex + "' is not octets in hexadecimal");
    }
    octets += static_cast<char>(octet);
  }
  return octets;
}

}  // namespace etymon::scenario

#include "store/upkeep/findings.h"

namespace etymon::store {
namespace {

std::string hex(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text.push_back(kDigits[static_cast<uint8_t>(byte) >> 4]);
    text.push_back(kDigits[static_cast<uint8_t>(byte) & 0xF]);
  }
  return text;
}

}  // namespace

void Findings::add(const char* table, const std::string& what, std::string_view key) {
  Rows& rows = rows_[{table, what}];
  if (rows.count++ == 0) {
    rows.first_key = key;
  }
}

std::vector<Finding> Findings::list() const {
  std::vector<Finding> list;
  for (const auto& [kind, rows] : rows_) {
    list.push_back({kind.first, kind.second, rows.count, hex(rows.first_key)});
  }
  return list;
}

}  // namespace etymon::store

#include "resolver/upstream/routes.h"

#include <algorithm>
#include <string_view>

namespace etymon::upstream {
namespace {

constexpr RecordType kDs{43};  // RFC 4034 section 5

std::string_view parent_of(std::string_view name) {
  return name.substr(size_t{static_cast<uint8_t>(name.front())} + 1);
}

}  // namespace

Routes::Routes(const std::vector<Route>& routes) {
  for (const Route& route : routes) {
    groups_.emplace(route.zone.canonical().wire(), groups_.size() + 1);
  }
}

size_t Routes::group_of(ByteView qname, RecordType type) const {
  if (groups_.empty()) {
    return 0;
  }
  std::string lower(as_text(qname));
  std::ranges::transform(lower, lower.begin(), [](char octet) {
    return static_cast<char>(to_lower(static_cast<uint8_t>(octet)));
  });
  std::string_view name = lower;
  if (type == kDs && name.size() > 1) {
    name = parent_of(name);
  }
  for (; !name.empty(); name = name.size() > 1 ? parent_of(name) : std::string_view()) {
    if (const auto found = groups_.find(name); found != groups_.end()) {
      return found->second;
    }
  }
  return 0;
}

}  // namespace etymon::upstream

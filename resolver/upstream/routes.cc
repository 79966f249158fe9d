#include "resolver/upstream/routes.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace etymon::upstream {
namespace {

constexpr RecordType kDs{43};  // RFC 4034 section 5

std::string_view parent_of(std::string_view name) {
  return name.substr(size_t{static_cast<uint8_t>(name.front())} + 1);
}

}  // namespace

Routes::Routes(const std::vector<Route>& routes) {
  for (size_t i = 0; i < routes.size(); ++i) {
    groups_.emplace(routes[i].zone.canonical().wire(), static_cast<uint16_t>(i + 1));
  }
}

// Asked for every query: allocates nothing.
uint16_t Routes::group_of(ByteView qname, RecordType type) const {
  if (groups_.empty()) {
    return 0;
  }
  std::array<char, DomainName::kWireMax> lower;
  const auto end = std::ranges::transform(qname.first(std::min(qname.size(), lower.size())),
                                          lower.begin(), to_lower)
                       .out;
  std::string_view name(lower.data(), static_cast<size_t>(end - lower.begin()));
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

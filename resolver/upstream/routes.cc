#include "resolver/upstream/routes.h"

#include <string_view>

#include "resolver/model/name_octets.h"

namespace etymon::upstream {
namespace {

constexpr RecordType kDs{43};  // RFC 4034 section 5

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
  const LowerName lower(qname);
  std::string_view name = lower.view();
  if (type == kDs && !is_root(name)) {
    name = parent_of(name);
  }
  for (; !name.empty(); name = is_root(name) ? std::string_view() : parent_of(name)) {
    if (const auto found = groups_.find(name); found != groups_.end()) {
      return found->second;
    }
  }
  return 0;
}

}  // namespace etymon::upstream

#include "resolver/forward/client_ttls.h"

#include <algorithm>
#include <functional>

namespace etymon::forward {

ClientTtls::ClientTtls(std::vector<Rule> rules) : rules_(std::move(rules)) {
  std::ranges::stable_sort(rules_, std::ranges::greater(),
                           [](const Rule& rule) { return rule.clients.length(); });
}

const wire::TtlRange* ClientTtls::find(const IpAddress& client) const {
  const auto found =
      std::ranges::find_if(rules_, [&](const Rule& rule) { return rule.clients.contains(client); });
  return found == rules_.end() ? nullptr : &found->range;
}

}  // namespace etymon::forward

#include "resolver/listener/access_list.h"

#include <algorithm>

namespace etymon::listener {
namespace {

// Most clients first: they are looked for in this order.
constexpr const char* kLocalNetworks[] = {
    "192.168.0.0/16", "10.0.0.0/8", "172.16.0.0/12",  "127.0.0.0/8",
    "fc00::/7",       "fe80::/10",  "169.254.0.0/16", "::1/128",
};

}  // namespace

AccessList AccessList::local_networks() {
  std::vector<IpPrefix> allowed;
  for (const char* text : kLocalNetworks) {
    allowed.push_back(*IpPrefix::from_text(text));
  }
  return AccessList(std::move(allowed));
}

bool AccessList::allows(const IpAddress& client) const {
  return std::any_of(allowed_.begin(), allowed_.end(),
                     [&](const IpPrefix& prefix) { return prefix.contains(client); });
}

}  // namespace etymon::listener

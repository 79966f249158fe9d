#include "api/daemon/upstream_news.h"

#include <algorithm>

namespace etymon::daemon {
namespace {

std::string of_zone(const std::string& zone) {
  return zone.empty() ? "" : " of " + zone;
}

}  // namespace

void UpstreamNews::look(const std::vector<upstream::ServerStatus>& servers) {
  Group left(servers);
  for (auto route = routes_.rbegin(); route != routes_.rend(); ++route) {
    const size_t size = std::min(route->servers.size(), left.size());
    look_at(route->zone.text(), left.last(size));
    left = left.first(left.size() - size);
  }
  look_at("", left);
}

void UpstreamNews::look_at(const std::string& zone, Group group) {
  if (group.empty()) {
    return;  // Nobody knows just now.
  }
  std::erase_if(down_, [&](const auto& one) {  // In another network there are others.
    return one.first.first == zone && std::ranges::none_of(group, [&](const auto& server) {
             return server.endpoint.text() == one.first.second;
           });
  });
  size_t down = 0;
  for (const upstream::ServerStatus& server : group) {
    look_at_case(zone, server);
    down += is_down(zone, server) ? 1U : 0U;
  }
  if (down < group.size()) {
    silent_.erase(zone);
  } else if (silent_.insert(zone).second) {
    warn_("no upstream" + of_zone(zone) +
          " answers in time; clients may be told SERVFAIL, or what is known from before");
  }
}

// Of no use until somebody says that it is as it should be.
void UpstreamNews::look_at_case(const std::string& zone, const upstream::ServerStatus& server) {
  const std::string address = server.endpoint.text();
  const std::pair key(zone, address);
  if (!server.case_unproven) {
    unproven_.erase(key);
  } else if (unproven_.insert(key).second) {
    warn_("upstream " + address + of_zone(zone) +
          " answers in another spelling than it was asked in, which may be forged, and refuses"
          " TCP; where that is its way, name it in upstream.lower_case");
  }
}

bool UpstreamNews::is_down(const std::string& zone, const upstream::ServerStatus& server) {
  const std::string address = server.endpoint.text();
  const std::pair key(zone, address);
  const auto known = down_.find(key);
  if (!server.up) {
    if (!down_.insert_or_assign(key, 0U).second) {
      return true;
    }
    warn_("upstream " + address + of_zone(zone) +
          " does not answer in time, or with failures only");
    return true;
  }
  if (known == down_.end() || ++known->second < kLooksUp) {
    return known != down_.end();
  }
  down_.erase(known);
  inform_("upstream " + address + of_zone(zone) + " answers again");
  return false;
}

}  // namespace etymon::daemon

#include "api/daemon/system_upstreams.h"

#include <algorithm>
#include <utility>

#include "api/daemon/resolv_conf.h"

namespace etymon::daemon {

std::optional<std::vector<Endpoint>> SystemUpstreams::renew() {
  std::string stamp = files_.stamp(kResolvConf);
  if (stamp_ == stamp) {
    return std::nullopt;
  }
  stamp_ = std::move(stamp);
  const Result<std::string> text = files_.read(kResolvConf);
  const std::string lines = text.ok() ? *text : std::string();
  std::vector<Endpoint> servers = nameservers(lines);
  std::erase_if(servers, is_own_);
  const std::vector<std::string> left_out = nameservers_left_out(lines);
  std::ranges::for_each(left_out, warn_);
  if (servers.empty()) {
    const char* nobody = left_out.empty() ? kNamesNobody : kNamesNobodyToAsk;
    warn_((text.ok() ? nobody : text.error().message) +
          (known_.empty() ? kNobodyIsAsked : "; the upstreams stay as they were"));
    return std::nullopt;
  }
  return std::exchange(known_, servers) == servers ? std::nullopt : std::optional(servers);
}

}  // namespace etymon::daemon

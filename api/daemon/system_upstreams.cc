#include "api/daemon/system_upstreams.h"

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
  std::vector<Endpoint> servers = text.ok() ? nameservers(*text) : std::vector<Endpoint>();
  std::erase_if(servers, is_own_);
  if (servers.empty()) {
    const std::string why = text.ok() ? std::string(kResolvConf) + " names no resolver but this one"
                                      : text.error().message;
    warn_(why + "; the upstreams stay as they were");
    return std::nullopt;
  }
  return std::exchange(known_, servers) == servers ? std::nullopt : std::optional(servers);
}

}  // namespace etymon::daemon

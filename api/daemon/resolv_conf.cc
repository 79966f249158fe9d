#include "api/daemon/resolv_conf.h"

#include <algorithm>
#include <sstream>

namespace etymon::daemon {

std::vector<Endpoint> nameservers(std::string_view resolv_conf) {
  std::vector<Endpoint> found;
  std::istringstream lines{std::string(resolv_conf)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string keyword;
    std::string address_text;
    words >> keyword >> address_text;
    if (keyword != "nameserver") {
      continue;
    }
    const Result<IpAddress> address = IpAddress::from_text(address_text);
    if (!address) {
      continue;
    }
    const Endpoint server{*address, kDnsPort};
    if (std::find(found.begin(), found.end(), server) == found.end()) {
      found.push_back(server);
    }
  }
  return found;
}

}  // namespace etymon::daemon

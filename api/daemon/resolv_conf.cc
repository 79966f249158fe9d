#include "api/daemon/resolv_conf.h"

#include <algorithm>
#include <sstream>

namespace etymon::daemon {

namespace {

// What stands behind each `nameserver`, in order, each once.
std::vector<std::string> named_in(std::string_view resolv_conf) {
  std::vector<std::string> found;
  std::istringstream lines{std::string(resolv_conf)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string keyword;
    std::string address;
    words >> keyword >> address;
    if (keyword == "nameserver" && std::ranges::find(found, address) == found.end()) {
      found.push_back(address);
    }
  }
  return found;
}

}  // namespace

std::vector<Endpoint> nameservers(std::string_view resolv_conf) {
  std::vector<Endpoint> found;
  for (const std::string& text : named_in(resolv_conf)) {
    const Result<IpAddress> address = IpAddress::from_text(text);
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

bool has_interface(std::string_view address) {
  address.remove_prefix(address.starts_with('[') ? 1 : 0);  // A port follows.
  const size_t sign = address.find('%');
  return sign != address.npos && IpAddress::from_text(address.substr(0, sign)).ok();
}

std::vector<std::string> nameservers_left_out(std::string_view resolv_conf) {
  std::vector<std::string> told;
  for (const std::string& text : named_in(resolv_conf)) {
    if (has_interface(text)) {
      told.push_back("resolv.conf: '" + text + "' is left out: " + kNoInterface);
    }
  }
  return told;
}

}  // namespace etymon::daemon

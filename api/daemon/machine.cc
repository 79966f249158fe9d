#include "api/daemon/machine.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

namespace etymon::daemon {

namespace {

constexpr const char* kResolvConf = "/etc/resolv.conf";

std::optional<IpAddress> address_of(const sockaddr* address) {
  if (address == nullptr) {
    return std::nullopt;
  }
  if (address->sa_family == AF_INET) {
    return IpAddress::v4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    return IpAddress::v6(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr);
  }
  return std::nullopt;
}

std::vector<IpAddress> interface_addresses() {
  std::vector<IpAddress> addresses;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    return addresses;
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (const std::optional<IpAddress> address = address_of(entry->ifa_addr)) {
      addresses.push_back(*address);
    }
  }
  return addresses;
}

std::string text_of(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

Machine read_machine() {
  return {interface_addresses(), text_of(kResolvConf)};
}

}  // namespace etymon::daemon

#include "api/daemon/machine.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <bit>
#include <fstream>
#include <memory>
#include <numeric>
#include <optional>
#include <sstream>
#include <utility>

#include "api/daemon/processors.h"
#include "api/daemon/resolv_conf.h"
#include "resolver/base/siphash.h"

namespace etymon::daemon {

namespace {

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

// The network of an interface; nothing for one without netmask, or whose netmask takes in all.
std::optional<IpPrefix> link_of(const IpAddress& address, const sockaddr* netmask) {
  const std::optional<IpAddress> mask = address_of(netmask);
  if (!mask) {
    return std::nullopt;
  }
  const auto ones = [](unsigned sum, uint8_t octet) {
    return sum + static_cast<unsigned>(std::popcount(octet));
  };
  const IpAddress::Octets& octets = mask->octets();
  // An IPv4 netmask is an IPv4 address here, in front of which 96 bits always count.
  const size_t begin = address.is_v4() ? 12 : 0;
  const unsigned bits = std::accumulate(octets.begin() + begin, octets.end(), 0U, ones);
  if (bits == 0) {
    return std::nullopt;
  }
  return IpPrefix::around(address, bits + static_cast<unsigned>(begin) * 8);
}

struct Interfaces {
  std::vector<IpAddress> addresses;
  std::vector<IpPrefix> links;
};

std::optional<Interfaces> read_interfaces() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    return std::nullopt;
  }
  Interfaces found;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (const std::optional<IpAddress> address = address_of(entry->ifa_addr)) {
      found.addresses.push_back(*address);
      if (const std::optional<IpPrefix> link = link_of(*address, entry->ifa_netmask)) {
        found.links.push_back(*link);
      }
    }
  }
  return found;
}

std::string text_of(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

std::optional<std::vector<IpPrefix>> read_links() {
  std::optional<Interfaces> found = read_interfaces();
  return found ? std::optional(std::move(found->links)) : std::nullopt;
}

std::optional<std::vector<IpAddress>> read_addresses() {
  std::optional<Interfaces> found = read_interfaces();
  return found ? std::optional(std::move(found->addresses)) : std::nullopt;
}

Machine read_machine() {
  Machine machine;
  if (std::optional<Interfaces> found = read_interfaces()) {
    machine.addresses = std::move(found->addresses);
    machine.links = std::move(found->links);
  }
  machine.resolv_conf = text_of(kResolvConf);
  machine.has_siphash = SipHash::open().has_value();
  machine.processors = usable_processors();
  return machine;
}

}  // namespace etymon::daemon

#include "api/daemon/device_list.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace etymon::daemon {
namespace {

constexpr size_t kNameOctetsMax = 32;

Error invalid(const std::string& entry, const std::string& why) {
  return {ErrorCode::kInvalidArgument, "'" + entry + "' " + why};
}

bool is_printable(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F; });
}

template <class Key>
Status put(std::map<Key, std::string>& devices, const Key& key, const std::string& name,
           const std::string& entry) {
  const auto [known, is_new] = devices.emplace(key, name);
  return is_new || known->second == name
             ? Status()
             : Status(invalid(entry, "belongs to " + known->second.substr(5) + " already"));
}

}  // namespace

Status put_devices(std::span<const std::string> entries, store::HostOptions& hosts) {
  store::HostOptions read;
  for (const std::string& entry : entries) {
    const size_t gap = entry.find(' ');
    const std::string name = entry.substr(0, gap);
    if (gap == entry.npos || name.empty() || name.size() > kNameOctetsMax || !is_printable(name)) {
      return invalid(entry, "is not NAME ADDRESS or NAME MAC, the name of at most 32 octets");
    }
    const std::string where =
        entry.substr(std::min(entry.find_first_not_of(' ', gap), entry.size()));
    const auto address = IpAddress::from_text(where);
    const auto mac = MacAddress::from_text(where);
    if (!address && !mac) {
      return invalid(entry, "has neither an IP address nor a MAC address behind the name");
    }
    const Status put_it = address ? put(read.devices_by_address, *address, "name:" + name, entry)
                                  : put(read.names_by_device, mac->device(), "name:" + name, entry);
    if (!put_it) {
      return put_it;
    }
  }
  hosts.devices_by_address = std::move(read.devices_by_address);
  hosts.names_by_device = std::move(read.names_by_device);
  return {};
}

}  // namespace etymon::daemon

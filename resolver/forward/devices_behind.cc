#include "resolver/forward/devices_behind.h"

#include <algorithm>

#include "resolver/wire/device_options.h"

namespace etymon::forward {

bool DevicesBehind::is_trusted(const IpAddress& peer) const {
  return std::ranges::any_of(trusted_, [&](const IpPrefix& block) { return block.contains(peer); });
}

std::optional<IpAddress> DevicesBehind::client_of(const wire::QueryView& query, WallTime now,
                                                  const local::Knowledge* knowledge) {
  if (!query.edns || query.edns->options.empty()) {
    return std::nullopt;
  }
  const wire::DeviceOptions device = wire::read_device_options(query.edns->options);
  if (!device.client && device.mac && knowledge != nullptr) {
    return knowledge->address_of(*device.mac);
  }
  if (device.client && device.mac && learner_ != nullptr) {
    learn(*device.client, *device.mac, now);
  }
  return device.client;
}

void DevicesBehind::learn(const IpAddress& client, const MacAddress& mac, WallTime now) {
  const auto told = told_.find(client);
  if (told != told_.end() && told->second.mac == mac && now - told->second.at < kTellEvery &&
      now >= told->second.at) {
    return;
  }
  if (told_.size() >= kToldMax) {
    told_.clear();
  }
  told_.insert_or_assign(client, Told{mac, now});
  const HostSighting sighting{.device = mac.device(),
                              .address = client,
                              .seen = {now, now},
                              .source = HostSource::kForwarder};
  learner_->learn({&sighting, 1});
}

}  // namespace etymon::forward

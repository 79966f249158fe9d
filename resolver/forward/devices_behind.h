// DevicesBehind: who really asked, when a forwarder that we trust says so in its query's OPT
// record.
//
// Belongs to one loop thread. A forwarder is believed when its address is in the operator's list
// alone. What it tells of a device (MAC and address) is passed on to the HostLearner, once a minute
// for each address, so that the hot path is not a crossing between threads.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/local/knowledge.h"
#include "resolver/model/host.h"
#include "resolver/wire/message.h"

namespace etymon::forward {

class DevicesBehind {
 public:
  // Addresses remembered as told; they are forgotten all at once when there are more.
  static constexpr size_t kToldMax = 4096;
  static constexpr Seconds kTellEvery{60};

  // `learner` outlives it; null: nobody wants to know.
  DevicesBehind(std::vector<IpPrefix> trusted, HostLearner* learner)
      : trusted_(std::move(trusted)), learner_(learner) {}

  bool is_trusted(const IpAddress& peer) const;

  // The client of a query that a trusted forwarder sent: the address that it tells, or else the one
  // that the device has whose MAC it tells, where leases say. Nothing when it does not say.
  // `knowledge`: null where there is none.
  std::optional<IpAddress> client_of(const wire::QueryView& query, WallTime now,
                                     const local::Knowledge* knowledge);

 private:
  struct Told {
    MacAddress mac;
    WallTime at;
  };
  void learn(const IpAddress& client, const MacAddress& mac, WallTime now);

  const std::vector<IpPrefix> trusted_;
  HostLearner* const learner_;
  std::unordered_map<IpAddress, Told, IpAddressHash> told_;
};

}  // namespace etymon::forward

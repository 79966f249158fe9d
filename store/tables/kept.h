// Kept: since when deliveries are kept, for all clients and for those whose history was cut
// shorter.
//
// A value that never changes; whoever reads the past holds one, and a newer one takes its place:
// floors only ever rise, also when the clock is set back. The one exception is that of a client of
// which all was forgotten: it goes, once no row from before it is left (ForgetWork::drop_floors).
// What lies before is no longer told, at once; its rows go when RocksDB next rewrites them. So a
// reader takes hold of the rows first and asks for the Kept then: what had gone from its rows lies
// before a floor that it sees.
#pragma once

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "resolver/model/ip_address.h"
#include "store/tables/keys.h"

namespace etymon::store {

struct Kept {
  Hour all = 0;  // nobody's deliveries from before this hour are kept
  std::unordered_map<IpAddress, Hour, IpAddressHash> clients;  // later ones only

  Hour since(const IpAddress& client) const {
    const auto own = clients.find(client);
    return own == clients.end() ? all : std::max(all, own->second);
  }

  // From here on nothing of anybody is missing.
  Hour complete_since() const {
    Hour latest = all;
    for (const auto& [client, hour] : clients) {
      latest = std::max(latest, hour);
    }
    return latest;
  }

  // Nothing of anybody from this day or before it is kept.
  bool is_over(Day day) const { return (day + 1) * kHoursPerDay <= all; }

  friend bool operator==(const Kept&, const Kept&) = default;
};

using KeptPtr = std::shared_ptr<const Kept>;

}  // namespace etymon::store

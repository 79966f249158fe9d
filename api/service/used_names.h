// The names by which a host knows an address, for whoever does not speak the API. Any thread; reads
// the disk.
#pragma once

#include <cstddef>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"
#include "store/store.h"

namespace etymon::service {

struct Contact {
  IpAddress client;
  IpAddress address;
};

// The names that had led the client to the address up to now, as a lookup ranks them, the best
// `most`. Other clients' names are none of them. A store that cannot be read knows none.
std::vector<DomainName> used_names(const store::Store& store, const Clock& clock,
                                   const Contact& contact, size_t most);

}  // namespace etymon::service

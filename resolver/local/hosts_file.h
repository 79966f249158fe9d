// Hosts files, as hosts(5) has them: an address and its names on a line. Pure functions, any
// thread.
#pragma once

#include <string_view>
#include <vector>

#include "resolver/local/passed_over.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"

namespace etymon::local {

struct HostsLine {
  IpAddress address;
  std::vector<DomainName> names;  // at least one; the first is the address's own (its PTR)
  size_t number = 0;              // in the file, from 1

  friend bool operator==(const HostsLine&, const HostsLine&) = default;
};

struct HostsFile {
  std::vector<HostsLine> lines;
  PassedOver passed_over;
};

HostsFile read_hosts(std::string_view text);

}  // namespace etymon::local

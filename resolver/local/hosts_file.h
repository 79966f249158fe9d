// Hosts files, as hosts(5) has them: an address and its names on a line. Pure functions, any
// thread.
#pragma once

#include <string_view>
#include <vector>

#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"

namespace etymon::local {

struct HostsLine {
  IpAddress address;
  std::vector<DomainName> names;  // at least one; the first is the address's own (its PTR)

  friend bool operator==(const HostsLine&, const HostsLine&) = default;
};

struct HostsFile {
  std::vector<HostsLine> lines;
  size_t passed_over = 0;  // lines that make no sense
};

HostsFile read_hosts(std::string_view text);

}  // namespace etymon::local

// What is to be forgotten, and what was. Plain values.
#pragma once

#include <cstdint>
#include <optional>

#include "resolver/model/domain_name.h"
#include "resolver/model/history.h"
#include "resolver/model/ip_address.h"

namespace etymon::store {

enum class NameMatch { kExact, kSubtree };

// Deliveries for which all of these hold. At least one is given.
struct ForgetQuery {
  std::optional<TimeSpan> span = {};  // closed
  std::optional<IpAddress> client = {};
  std::optional<DomainName> name = {};  // the asked name, or one of the chain
  NameMatch match = NameMatch::kExact;
};

enum class ForgetMode {
  kCount,   // tells what would go, and changes nothing
  kForget,  // it goes
};

struct ForgetReport {
  uint64_t deliveries = 0;
  uint64_t answers = 0;  // that nobody else was told; 0 when only counting
  uint64_t hours = 0;    // in which something was forgotten: they are no longer covered
};

}  // namespace etymon::store

// What an import reads, the server takes: the limits of etymon.v1.ObservedDelivery are known to
// both sides, and this is where they are held together.
#pragma once

#include "api/cli/import.h"
#include "api/service/conversions.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {

// `now`: when it is read.
inline void require_taken(const capture::ObservedDelivery& delivery, WallTime now) {
  const auto taken = service::read_observed(cli::to_proto(delivery), "deliveries[0]", now);
  require(std::holds_alternative<store::Observed>(taken), "the server takes what was read");
}

}  // namespace etymon::fuzz

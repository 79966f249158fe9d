// Everything in a store's folder, read past the Store from its tables, so that also deliveries
// without an address are seen, and each table can be held against the others.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tests/endurance/rounds.h"

namespace etymon::endurance {

// Deliveries by host and asked name.
using StoredDeliveries = std::map<std::pair<std::string, std::string>, uint64_t>;

// Opens the store in `folder`, as after a crash, folds everything, and reads the tables. Where they
// disagree with each other is a finding; nothing is returned when they cannot be read.
StoredDeliveries stored_deliveries(const std::string& folder, Report& report);

}  // namespace etymon::endurance

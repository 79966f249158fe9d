// Sets: values that only ever gain members - clients of a name, answers of a hash.
//
// A value is its members one behind the other; a fold appends some, compaction sorts them and drops
// repeats. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolver/model/delivery.h"
#include "resolver/model/ip_address.h"

namespace etymon::store {

// Sorted, each once. Damaged bytes give what can be read before the damage.
std::vector<IpAddress> read_clients(std::string_view value);
std::vector<AnswerId> read_ids(std::string_view value);

// The same members sorted, each once. Damaged values come back as they are.
std::string merge_clients(std::string_view value);
std::string merge_ids(std::string_view value);

}  // namespace etymon::store

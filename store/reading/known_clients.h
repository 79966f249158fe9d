// Known clients: everybody of whom the tables may tell, from `by_client`.
//
// For who walks the clients of many addresses: whoever knows the next one there can be seeks its
// row of the right day, and not first any row of it to learn who it is. Pure reading, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "resolver/model/ip_address.h"
#include "store/tables/open_tables.h"

namespace etymon::store {

// In the order of their keys. One seek each. Nothing: there are more than `most`, or they cannot be
// read. Of a later snapshot than the rows that are walked it lacks only those who were let go or
// forgotten meanwhile.
std::optional<std::vector<IpAddress>> known_clients(const TablesSnapshot& tables, size_t most);

}  // namespace etymon::store

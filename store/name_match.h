// How a name is compared, in listings and in forgetting. A value.
#pragma once

#include <cstdint>

namespace etymon::store {

enum class NameMatch : uint8_t {
  kExact,    // that name alone
  kSubtree,  // the name and all below it
};

}  // namespace etymon::store

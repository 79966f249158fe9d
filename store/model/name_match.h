// How a name is compared, in listings and in forgetting. A value, and a pure function; any thread.
#pragma once

#include <cstdint>

#include "resolver/model/answer.h"

namespace etymon::store {

enum class NameMatch : uint8_t {
  kExact,    // that name alone
  kSubtree,  // the name and all below it
};

// Whether the asked name or one of the chain is it.
bool has_name(const Answer& answer, const DomainName& name, NameMatch match);

}  // namespace etymon::store

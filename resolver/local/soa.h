// The SOA that an absence of ours comes with, so that it can be kept (RFC 2308 section 5). Pure,
// any thread.
#pragma once

#include <string_view>

#include "resolver/wire/own_answer.h"

namespace etymon::local {

// RFC 6303 section 3: "@ 10800 IN SOA @ nobody.invalid. 1 3600 1200 604800 10800", with `ttl_s` in
// the place of 10800. `zone`: wire octets.
wire::OwnedRecord soa_of(std::string_view zone, uint32_t ttl_s);

}  // namespace etymon::local

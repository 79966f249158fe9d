// The SOA that an absence of ours comes with, so that it can be kept (RFC 2308 section 5), and what
// else stands at the top of a zone of ours. Pure, any thread.
#pragma once

#include <optional>
#include <string_view>

#include "resolver/wire/own_answer.h"

namespace etymon::local {

// RFC 6303 section 3: "@ 10800 IN SOA @ nobody.invalid. 1 3600 1200 604800 10800", with `ttl_s` in
// the place of 10800. `zone`: wire octets.
wire::OwnedRecord soa_of(std::string_view zone, uint32_t ttl_s);

// What each zone has at its top without being given it: that SOA, and the NS of RFC 6303 section 3,
// "@ 10800 IN NS @". Nothing for other types.
std::optional<wire::OwnedRecord> record_at_top(std::string_view zone, RecordType type,
                                               uint32_t ttl_s);

}  // namespace etymon::local

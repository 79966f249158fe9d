// ldns's records, owned. Internal to wire.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include "resolver/base/result.h"
#include "resolver/wire/message.h"

// Last: it makes macros of true and false, which other headers do not survive.
#include <ldns/ldns.h>

namespace etymon::wire {

struct LdnsDeleter {
  void operator()(ldns_rr* record) const { ldns_rr_free(record); }
  void operator()(uint8_t* octets) const { std::free(octets); }
};
using LdnsRecord = std::unique_ptr<ldns_rr, LdnsDeleter>;
using LdnsOctets = std::unique_ptr<uint8_t, LdnsDeleter>;

inline Error ldns_error(const std::string& what, ldns_status status) {
  return {ErrorCode::kInvalidArgument, what + ": " + ldns_get_errorstr_by_id(status)};
}

}  // namespace etymon::wire

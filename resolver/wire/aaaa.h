// AAAA answers as DNS64 looks at them and makes them (RFC 6147 section 5). Pure functions, any
// thread; no allocation but in what is returned.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/ip_address.h"
#include "resolver/wire/response.h"

namespace etymon::wire {

// How many of an answer's AAAA records lie outside of `hidden`.
enum class Visible { kNone, kSome, kAll };
Visible visible_aaaa(const StoredView& stored, std::span<const IpPrefix> hidden);

// The TTL of the SOA of an absence, at age 0; nothing without one.
std::optional<uint32_t> soa_ttl(const StoredView& stored);

// The answer to the AAAA question `asked` that `told`, a message about the same name, becomes: its
// chain, and at the end for each of its addresses the one that `become` makes of it, if any, with a
// TTL of at most `ttl_max_s`. Without any it is the absence that the message's SOA speaks of. It
// bears no signatures, and AD is not set. Errors as rebuild_changed() and parse_response().
struct Made {
  ParsedResponse response;
  std::vector<IpAddress> from;  // the addresses of which others were made
};
using Become = std::function<std::optional<IpAddress>(const IpAddress&)>;
Result<Made> make_aaaa(const AskedQuestion& asked, ByteView told, const Become& become,
                       uint32_t ttl_max_s);

}  // namespace etymon::wire

// The addresses that an answer delivers. Internal to wire.
#pragma once

#include "resolver/model/answer.h"
#include "resolver/wire/records.h"
#include "resolver/wire/selection.h"

namespace etymon::wire {

struct DeliveredAddresses {
  std::vector<AnswerAddress> addresses;  // in the order found, repeats included
  uint32_t ttl_s = UINT32_MAX;           // smallest TTL of the additional records among them
  bool any_additional = false;           // some came from the additional section
};

// A and AAAA at the chain's end; ipv4hint and ipv6hint of SVCB and HTTPS there (RFC 9460 section
// 7.3); and of the additional section the addresses of the targets that SRV, MX, NS, SVCB and HTTPS
// records at the chain's end name. An IPv6 address that holds an IPv4 one tells both. With
// each what its record named of port and transport (service.h).
//
// What else leads to addresses behind the answer section is kept no longer: no client hears of one
// that is not among these. That are the addresses of servers that nobody asked for, and what an
// upstream says of a target beyond its addresses (RFC 9460 section 4.2), for which a client asks.
//
// `records`, where it is wanted: for each address the index of the record that brought it.
DeliveredAddresses select_addresses(const MessageIndex& index, Selection& selection,
                                    std::vector<size_t>* records = nullptr);

}  // namespace etymon::wire

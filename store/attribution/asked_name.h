// AskedName: all that is known of one name asked by one host, and the order among such names.
//
// Inner part of attribution. Values that point into the evidence they were made of, which must
// outlive them; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string_view>

#include "resolver/base/small_vector.h"
#include "resolver/model/history.h"

namespace etymon::attribution {

// A row of evidence, and the host that it counts for: another address of the asked host stands for
// the host itself. There is one for each (client, answer, address); a host's name may have several.
struct Row {
  const Evidence* seen = nullptr;
  IpAddress host;

  const Evidence* operator->() const { return seen; }
};
// Most lookups have one name, told once or twice.
using Rows = SmallVector<Row, 4>;

struct HostAndName {
  IpAddress host;
  std::string_view name;  // wire octets, canonical

  friend auto operator<=>(const HostAndName&, const HostAndName&) = default;
};

inline HostAndName host_and_name(const Row& row) {
  return {row.host, row->answer->question.name.wire()};
}

inline bool by_host_and_name(const Row& a, const Row& b) {
  return host_and_name(a) < host_and_name(b);
}

// What is known of the contact besides its address. Nothing of it: zero and empty.
struct Contact {
  uint16_t port = 0;
  std::string_view proto;  // "tcp", "udp", or another
};

// Where a name stands. A name that led to a chain target stands where the target does.
struct Place {
  bool live = false;
  bool names_service = false;  // an answer of it named the contact's port or transport
  WallTime at;

  friend auto operator<=>(const Place&, const Place&) = default;
};

struct AskedName {
  std::span<const Row> rows;
  Row newest;            // the row with the newest delivery
  WallTime first_at;     // oldest delivery
  WallTime valid_until;  // latest end of validity
  uint64_t deliveries = 0;
  uint64_t visits = 0;  // how often the host came for it, as far as its deliveries tell
  Place place;

  bool leads_to_a_target = false;  // a name of its chain was asked right after it
  bool follows_a_head = false;     // its newest delivery came right after a name that leads to it
  bool only_a_step = false;        // all did, and nothing but the chain was a reason to ask
  bool contends = false;           // could be the one that was meant

  const DomainName& name() const { return newest->answer->question.name; }
  // Its newest delivery went to another address of the host.
  bool is_from_elsewhere() const { return newest->client != newest.host; }
  bool is_live(WallTime moment) const { return valid_until >= moment; }
};

using AskedNames = SmallVector<AskedName, 2>;

// What the names are ranked for.
struct Wanted {
  IpPrefix address;  // or all in a prefix
  WallTime at;       // the start of the moment
  Contact contact;
};

// One AskedName for each (host, name) in `rows`, best first, pointing into them. REQUIRES: each row
// has deliveries; ordered by_host_and_name.
AskedNames ranked_names(const Rows& rows, const Wanted& wanted);

}  // namespace etymon::attribution

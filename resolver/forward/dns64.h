// Dns64: AAAA records for names that have none, so that clients who speak IPv6 alone reach IPv4
// through a NAT64 (RFC 6147). What is answered; who asks for what when, Forwarder knows. A client's
// question costs two questions upstream at most, for AAAA and then for A records, whatever comes.
//
// Immutable, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "resolver/forward/in_flight.h"
#include "resolver/model/ip_address.h"
#include "resolver/model/nat64_prefix.h"
#include "resolver/wire/aaaa.h"
#include "resolver/wire/message.h"
#include "resolver/wire/own_answer.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

struct Dns64Options {
  bool on = false;
  Nat64Prefix prefix = {};
  std::vector<IpPrefix> clients = {};  // who needs it; empty: all
  // IPv4 addresses for which there is no way through the NAT64. Those that are not of the whole
  // Internet are among them where the prefix is the well-known one.
  std::vector<IpPrefix> excluded = {};
  // AAAA records that count as none (section 5.1.4): ::ffff:0:0/96, which nobody can reach.
  std::vector<IpPrefix> hidden = {IpPrefix::around(IpAddress::v4(0), 96)};
};

class Dns64 {
 public:
  explicit Dns64(Dns64Options options) : options_(std::move(options)) {}

  // Whether this client may be told of addresses that were made up: not one that validates by
  // itself (CD and DO, section 5.5).
  bool serves(const wire::QueryView& query, const IpAddress& client) const;

  // Whether an answer to an AAAA question can be given as it is, in part, or stands for "none".
  wire::Visible judge(const wire::StoredView& aaaa) const;
  // How long records may live that are made instead of such an answer, `age_s` old (section 5.1.7).
  static uint32_t ttl_max(const wire::StoredView& aaaa, uint32_t age_s, uint32_t ttl_floor_s);

  // Of an AAAA answer, what may be shown; of an A answer, what it becomes. `told`: messages.
  Result<wire::ParsedResponse> show(const wire::AskedQuestion& asked, ByteView told) const;
  Result<wire::ParsedResponse> translate(const wire::AskedQuestion& asked, ByteView told,
                                         uint32_t ttl_max_s) const;

  // The way from the name of an address below the prefix to that of the IPv4 address in it (section
  // 5.3.1), and where it leads to; nothing for other questions.
  struct Reverse {
    Alias alias;
    std::string leads_to;  // wire octets
  };
  std::optional<Reverse> reverse_of(const wire::QueryView& query) const;

  // ipv4only.arpa, by which clients find the prefix (RFC 7050). Always ours: one of an upstream
  // might be told of its prefix (RFC 8880 section 7.1). `serves`: whether this client is served.
  std::optional<wire::OwnAnswer> ipv4_only(const wire::QueryView& query, bool serves) const;

 private:
  std::optional<IpAddress> translated(const IpAddress& v4) const;

  const Dns64Options options_;
};

}  // namespace etymon::forward

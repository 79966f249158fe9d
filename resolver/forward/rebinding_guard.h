// RebindingGuard: notices when a name that is not this network's own leads to private addresses.
//
// Somebody who lets a name of theirs lead into this network (DNS rebinding) makes browsers here
// talk to its machines as if those were theirs: what a browser goes by is the asked name, so that
// is the name that counts, not those of the chain. Constant once made, any thread. Only what an
// upstream said is shown to it.
#pragma once

#include <optional>
#include <vector>

#include "resolver/local/labels.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/nat64_prefix.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

// What is done about such an answer.
enum class Rebinding {
  kPass,    // nothing: it is like any other
  kFlag,    // the record says so
  kFilter,  // and the private addresses are withheld
};

// RFC 1918, RFC 6598, RFC 3927, RFC 4193, link-local (RFC 4291 section 2.5.6), and those that lead
// to the machine itself: RFC 1122 section 3.2.1.3 (127/8, and 0/8, which systems take for it) and
// RFC 4291 sections 2.5.2 and 2.5.3 (:: and ::1). Inside IPv6 ones, too: mapped, or behind NAT64.
bool is_private(const IpAddress& address);
// Of them, those that lead to the machine itself.
bool is_own_machine(const IpAddress& address);

class RebindingGuard {
 public:
  // What mail servers ask are lists of addresses: they answer with 127.0.0.2 and the like
  // (RFC 5782 section 2.1).
  enum class Loopback { kGuard, kPass };

  struct Options {
    Rebinding policy = Rebinding::kFlag;
    Loopback loopback = Loopback::kGuard;
    std::vector<DomainName> trusted = {};  // names within these may lead anywhere
    // Of this network's own NAT64, beside the well-known one: it leads to private addresses, too.
    std::optional<Nat64Prefix> translator = {};
  };

  explicit RebindingGuard(const Options& options);

  // What is to be withheld of an answer about this name, when it is read; null: nothing. Lives as
  // long as the guard.
  const wire::AddressTest* withheld_of(ByteView qname) const;

  // Flags the response, which was read so, if it leads inside.
  void judge(wire::ParsedResponse& response, ByteView qname) const;

 private:
  bool is_trusted(ByteView qname) const;

  const Rebinding policy_;
  const wire::AddressTest leads_inside_;
  local::NameMap<bool> trusted_;
};

}  // namespace etymon::forward

// ReverseNames: what a Forwarder asks when a client wants the name of an address (PTR): which names
// had led this client there. The memory is behind it; the resolver does not know it.
//
// Belongs to one loop thread, as all of this folder.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "resolver/base/bytes.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"

namespace etymon::forward {

class ReverseNames {
 public:
  // Called exactly once, on the loop, never from inside find(): names, best first; empty: none.
  using Done = std::function<void(std::vector<DomainName>)>;

  enum class Taken {
    kYes,
    kFull,  // too many wait already: `done` will not be called
  };

  virtual ~ReverseNames() = default;
  // Returns at once: whoever answers reads the disk elsewhere.
  virtual Taken find(const IpAddress& client, const IpAddress& address, Done done) = 0;
};

// What becomes of questions for the name of a public address.
enum class ReversePolicy {
  kPassOn,        // like every other question
  kElsePassOn,    // answered with the names that this client used; without any, as every other
  kElseNxDomain,  // the same; without any there is no name
};

// The address that a reverse name stands for (RFC 1035 section 3.5, RFC 3596 section 2.5); nothing
// when it is none, or only a part of one. `qname`: uncompressed wire octets.
std::optional<IpAddress> address_of_reverse_name(ByteView qname);

// Whether an address is of the whole Internet: neither private nor shared, of a link, of this
// machine, or of a group.
bool is_public(const IpAddress& address);

}  // namespace etymon::forward

// Special-use names: those that mean nothing to the DNS of the world, so that asking upstream about
// them only tells strangers about this network (RFC 6761, 6303, 7686, 7793, 8375, 9476).
//
// Constant once made; any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resolver/local/labels.h"
#include "resolver/model/domain_name.h"
#include "resolver/wire/opt.h"
#include "resolver/wire/own_answer.h"

namespace etymon::local {

class SpecialNames {
 public:
  struct Zones {
    std::vector<DomainName> passed_on = {};  // names within these are like any others
    std::vector<DomainName> denied = {};     // names within these do not exist for our clients
  };
  explicit SpecialNames(const Zones& zones);

  struct Special {
    wire::OwnAnswer said;
    wire::ExtendedError reason = wire::ExtendedError::kSynthesized;
  };

  // What we say of `qname`, wire octets in lower case; nothing when it is no special name, or when
  // the question belongs to the zone above (DS at the top of a zone that the world delegates).
  std::optional<Special> answer(std::string_view qname, RecordType type) const;

 private:
  enum class Kind {
    kAbsent,    // nothing exists there, the zone's own name included
    kLoopback,  // this very machine, whatever stands in front
    kEmpty,     // a zone that the world delegates to nobody: it has SOA and NS (RFC 6303 section 3)
    kDenied,
    kPassedOn,
  };
  void add(std::string zone, Kind kind);
  std::optional<wire::OwnAnswer> say(Kind kind, std::string_view zone, std::string_view qname,
                                     RecordType type) const;

  NameMap<Kind> zones_;
  NameMap<std::string> pointers_;  // owner and data of the PTRs of loopback addresses
  std::array<bool, 256> tops_{};   // by a top label's first octet: whether a zone is below it
};

}  // namespace etymon::local

// ClientTtls: the limits within which some clients are told TTLs, whatever others are told.
//
// A value, constant once made; any thread. What the cache keeps, and for how long, does not depend
// on it: a client whose floor is above what is left of an answer may hold it longer than the cache.
#pragma once

#include <vector>

#include "resolver/model/ip_address.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

class ClientTtls {
 public:
  struct Rule {
    IpPrefix clients;
    wire::TtlRange range;

    friend bool operator==(const Rule&, const Rule&) = default;
  };

  ClientTtls() = default;
  // The longest prefix counts; of equal ones the first.
  explicit ClientTtls(std::vector<Rule> rules);

  // Null: this client is told what everybody is told. Looks at one rule after the other, allocates
  // nothing.
  const wire::TtlRange* find(const IpAddress& client) const;

  const std::vector<Rule>& rules() const { return rules_; }

 private:
  std::vector<Rule> rules_;  // the longest prefix first
};

}  // namespace etymon::forward

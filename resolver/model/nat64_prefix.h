// Nat64Prefix: how IPv4 addresses stand in IPv6 ones for a translator (RFC 6052 section 2.2). A
// value, any thread.
#pragma once

#include <optional>

#include "resolver/base/result.h"
#include "resolver/model/ip_address.h"

namespace etymon {

class Nat64Prefix {
 public:
  // The well-known one, 64:ff9b::/96.
  Nat64Prefix();
  // Error kInvalidArgument: not IPv6; none of the lengths 32, 40, 48, 56, 64 and 96; or octet 8,
  // which must be zero in every such address, is not.
  static Result<Nat64Prefix> from(const IpPrefix& block);

  // It must not stand before addresses that are not of the whole Internet (RFC 6052 section 3.1).
  bool is_well_known() const {
    static const Nat64Prefix kWellKnown;
    return *this == kWellKnown;
  }

  // REQUIRES: v4.is_v4().
  IpAddress embed(const IpAddress& v4) const;
  // The IPv4 address in `address`; nothing when that is not below the prefix.
  std::optional<IpAddress> embedded_in(const IpAddress& address) const;

  friend bool operator==(const Nat64Prefix&, const Nat64Prefix&) = default;

 private:
  explicit Nat64Prefix(const IpPrefix& block) : block_(block) {}
  IpPrefix block_;
};

}  // namespace etymon

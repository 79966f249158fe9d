// AccessList: who may ask. A value; any thread may ask a list that nobody changes.
//
// A resolver that answers strangers is a tool for attacks on others (RFC 5358).
#pragma once

#include <vector>

#include "resolver/model/ip_address.h"

namespace etymon::listener {

class AccessList {
 public:
  explicit AccessList(std::vector<IpPrefix> allowed) : allowed_(std::move(allowed)) {}

  // This machine, and the networks that are nobody's on the Internet: private (RFC 1918, RFC 4193)
  // and link-local (RFC 3927, RFC 4291 section 2.5.6) ones.
  static AccessList local_networks();

  void add(const IpPrefix& block) { allowed_.push_back(block); }
  bool allows(const IpAddress& client) const;

 private:
  std::vector<IpPrefix> allowed_;
};

}  // namespace etymon::listener

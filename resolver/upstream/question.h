// What is asked of an upstream, and what comes back. Plain values.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "resolver/base/result.h"
#include "resolver/model/ip_address.h"
#include "resolver/model/record.h"
#include "resolver/wire/response.h"

namespace etymon::upstream {

struct Question {
  std::string qname;  // uncompressed wire octets
  RecordType qtype = RecordType::kA;
  RecordClass qclass = RecordClass::kIn;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  std::string client_subnet = {};  // RFC 7871, goes with it; empty: none
  // What is left out when the answer is read; null: nothing. Outlives the question.
  const wire::AddressTest* is_withheld = nullptr;
};

struct Response {
  std::string message;  // complete and matched; its question is spelled as it was asked of us
  Endpoint server;
  // What it says; null for a failure, and for an answer whose chain cannot be followed.
  std::unique_ptr<wire::ParsedResponse> parsed = nullptr;
};

using Done = std::function<void(Result<Response>)>;

}  // namespace etymon::upstream

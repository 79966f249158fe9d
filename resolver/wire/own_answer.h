// Answers with records of our own, in the form of a response, so that they take the same way
// through record and reply as those of an upstream. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/domain_name.h"
#include "resolver/wire/response.h"

namespace etymon::wire {

// A record that we know by ourselves; its class is IN.
struct OwnedRecord {
  std::string owner = {};  // uncompressed wire octets
  RecordType type = RecordType::kA;
  uint32_t ttl_s = 0;
  std::string rdata = {};  // uncompressed

  friend bool operator==(const OwnedRecord&, const OwnedRecord&) = default;
};

struct OwnAnswer {
  Rcode rcode = Rcode::kNoError;
  std::vector<OwnedRecord> answer = {};
  std::vector<OwnedRecord> authority = {};  // the SOA of an absence (RFC 2308 section 2)
};

// Appends the record to a message about `qname`, to which it points where that is its owner.
void append_record(const OwnedRecord& record, ByteView qname, std::string& message);

// The response to `asked` that says this. Errors (kInvalidArgument): it does not fit a message, or
// its chain is none (see parse_response).
Result<ParsedResponse> make_response(const AskedQuestion& asked, const OwnAnswer& said);

// "www.example 300 A 192.0.2.1", in the presentation form of RFC 1035 section 5.1, with or without
// TTL and class. Names are absolute, with or without their last dot. Error kInvalidArgument: not a
// record, or of another class than IN.
Result<OwnedRecord> record_from_text(const std::string& text, uint32_t default_ttl_s);

}  // namespace etymon::wire

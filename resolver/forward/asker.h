// Asker: what a Forwarder asks when its cache does not know. The upstream folder is behind it.
//
// Belongs to one loop thread. The daemon wires an upstream::Pool to it; a test a scripted upstream.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "resolver/base/bytes.h"
#include "resolver/base/result.h"
#include "resolver/model/ip_address.h"
#include "resolver/model/record.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

struct UpstreamQuestion {
  std::string qname;  // uncompressed wire octets, as the first client spelled it
  RecordType qtype = RecordType::kA;
  RecordClass qclass = RecordClass::kIn;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  uint16_t group = 0;  // of upstreams, which alone is asked
  // RFC 7871, goes with it: what comes is for this subnet alone. Empty: none.
  std::string client_subnet = {};
  // What nobody is told of its answer; null: all of it is. The same for equal names, and lives as
  // long as the Forwarder.
  const wire::AddressTest* is_withheld = nullptr;

  friend bool operator==(const UpstreamQuestion&, const UpstreamQuestion&) = default;
};

struct UpstreamResponse {
  std::string
      message;  // complete, matched to the question, never truncated; qname spelled as asked
  Endpoint upstream;
  std::unique_ptr<wire::ParsedResponse> parsed = nullptr;  // what it says; null: not read yet
};

class Asker {
 public:
  // Called exactly once, on the loop, never from inside ask(). Errors: kDeadlineExceeded when no
  // upstream answered in time, kUnavailable when there is none to ask, kResourceExhausted at the
  // limit of questions in flight, or when there is nothing left to ask with.
  using Done = std::function<void(Result<UpstreamResponse>)>;

  virtual ~Asker() = default;

  // Which group of upstreams is to be asked this, now: where there are no zones with upstreams of
  // their own, one for all. What a group says is kept as its own word and serves no question that
  // is another's, should a question ever go from one to the other.
  virtual uint16_t group_of(ByteView /*qname*/, RecordType /*qtype*/) const { return 0; }

  virtual void ask(const UpstreamQuestion& question, Done done) = 0;
};

}  // namespace etymon::forward

// Answer: what one response says, apart from who is told and when. A value, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "resolver/base/clock.h"
#include "resolver/model/domain_name.h"
#include "resolver/model/ip_address.h"
#include "resolver/model/record.h"

namespace etymon {

struct Question {
  DomainName name;
  RecordType type = RecordType::kA;
  RecordClass klass = RecordClass::kIn;

  friend bool operator==(const Question&, const Question&) = default;
};

// The asked name, then the target of each CNAME or DNAME step, the terminal owner last; never empty
// once filled, and of one element when the asked name owns the records itself. Canonical names.
using Chain = std::vector<DomainName>;

// How an address came along. Stored: values are never renumbered.
enum class Via : uint8_t {
  kA = 1,
  kAaaa = 2,
  kSvcbHint = 3,    // ipv4hint or ipv6hint of an SVCB or HTTPS record (RFC 9460 section 7.3)
  kMapped = 4,      // an IPv4 address inside an IPv6 one: mapped, or DNS64 (RFC 6147)
  kAdditional = 5,  // the address of an SRV or MX target, sent along in the additional section
};

// Which port and transports an SRV, SVCB or HTTPS record named for an address. Nothing, of nearly
// all addresses.
struct Service {
  uint16_t port = 0;  // 0: none was named, or different ones
  bool tcp = false;
  bool udp = false;

  friend auto operator<=>(const Service&, const Service&) = default;
};

struct AnswerAddress {
  IpAddress address;
  Via via = Via::kA;
  Service service = {};

  friend auto operator<=>(const AnswerAddress&, const AnswerAddress&) = default;
};

struct Answer {
  Question question;  // the name is canonical
  Chain chain;
  std::vector<AnswerAddress> addresses;  // sorted, each once; empty for NXDOMAIN, TXT, ...
  Rcode rcode = Rcode::kNoError;
  // Who said it. The unspecified endpoint when we made it up ourselves (local, refused).
  Endpoint upstream;
  // An upstream led a name that is not this network's own to private addresses, as one does who
  // wants a browser to talk to this network's machines (DNS rebinding).
  bool rebinding = false;
  // What it gave and the client was not told because of that, so not among `addresses`: sorted,
  // each once. Empty where the answer was passed on as it was.
  std::vector<IpAddress> withheld;

  friend bool operator==(const Answer&, const Answer&) = default;
};

// Orders the addresses and keeps each once, with the most direct Via (the lowest) and what all of
// its services name, as every Answer is kept: an address that came as an A record and as a hint
// counts as the A record.
void sort_addresses(Answer& answer);

// Orders what was withheld, and keeps each once.
void sort_withheld(Answer& answer);

}  // namespace etymon

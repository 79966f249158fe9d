// Attribution: from evidence to an answer. Pure functions; time, evidence and coverage are given.
//
// A lookup asks which name led to `address` for `client` at a moment. Every name is a candidate
// with its evidence, ranked; `ambiguous` is set when the evidence does not separate them; absence
// is only stated when recording covered the moment. Any thread; nothing is kept between calls.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "resolver/model/history.h"
#include "resolver/model/host.h"

namespace etymon::attribution {

struct LookupQuestion {
  IpPrefix address;                 // one address, or all in a prefix
  std::optional<IpAddress> client;  // nothing: all hosts
  // The moment, as a span when it was written with less than full precision: any instant of it
  // counts. [at, at + tolerance]. What of it lies behind `asked_at` needs no coverage, unless `at`
  // does, too.
  WallTime at;
  Microseconds tolerance{0};
  uint16_t port = 0;             // at the address; 0: not known
  std::string proto;             // "tcp", "udp", another, or empty: not known
  Microseconds min_coverage{0};  // NEVER needs this much coverage before the moment
  WallTime asked_at;             // the present; the future is never covered
};

// The moment, as far as it is not still to come. One that begins in the future stays there, at its
// first instant.
TimeSpan moment_of(const LookupQuestion& question);

enum class Verdict { kLive, kExpired, kOtherClient, kNever, kUnknown };

// Why a candidate stands where it stands.
enum class Reason {
  kNewestLive,     // the newest answer that was still valid
  kOlderLive,      // valid, but another live name was answered later
  kNewestExpired,  // no live name; the newest that had been
  kOlderExpired,   // its validity had ended, and a live or a newer name stands before it
  kChainTarget,    // asked as a step of another candidate's chain, right after it
  kChainHead,      // led to such a chain target, and stands in its place
  kOtherClient,    // delivered to another host
  kSameHost,       // last delivered to another address that was the same device's then
  kNamedService,   // an SRV, SVCB or HTTPS answer of it named the contact's port or transport
};

// Shares the answer of its newest delivery.
struct Candidate {
  std::shared_ptr<const Answer> answer;
  IpAddress client;  // the address that was answered
  IpAddress address;
  WallTime answered_at;
  WallTime valid_until;
  std::optional<Microseconds> expired_by;  // nothing while valid
  Origin origin = Origin::kUpstream;
  Transport transport = Transport::kUdp;
  IpAddress forwarder = {};  // of the newest delivery, see Delivery
  uint64_t deliveries = 0;
  Via via = Via::kA;
  Reason reason = Reason::kNewestLive;
  double confidence = 0;  // (0, 1]: how sure it is that this name was meant; see attribution.cc

  const DomainName& name() const { return answer->question.name; }  // as asked
  const Chain& chain() const { return answer->chain; }
  const Endpoint& upstream() const { return answer->upstream; }
  bool is_rebinding() const { return answer->rebinding; }
};

enum class HintKind {
  kAnsweredAfter,  // the name was answered to this host, but only after the moment
  kSameNetwork,    // a live name of this host led to another address of the same network
};

// A near miss or two help a person; more would bury the answer.
constexpr size_t kHintsMax = 16;
constexpr size_t kNetworkHintsMax = 8;

// The network of an address for such a hint: /24 of IPv4, /48 of IPv6.
IpPrefix network_of(const IpAddress& address);

struct Hint {
  HintKind kind = HintKind::kAnsweredAfter;
  DomainName name;
  IpAddress client;
  IpAddress address;
  WallTime at;
};

struct LookupAnswer {
  Verdict verdict = Verdict::kUnknown;
  bool ambiguous = false;
  std::vector<Candidate> candidates;     // best first
  bool covered = false;                  // the whole moment was covered
  std::optional<WallTime> covered_from;  // since when, without a gap, up to the moment
  std::vector<Hint> hints;               // earliest first, at most kHintsMax
  bool is_cut = false;                   // as Known::is_cut
};

// What is known of the past. `evidence`: of the address (prefix), and of the IPv4 address that it
// stands for where it is a NAT64's, relative to the moment's end, in any order, with `first` where
// may_lead_on(). All clients', or the host's alone where that holds a delivery to it: then the
// others' changes nothing. The rows of one tenure of `host` tell of deliveries within its span
// only.
struct Known {
  std::span<const Evidence> evidence;
  const Coverage& coverage;
  // Of the client asked about, at moment_of() the question; empty when it is not known, or none is.
  const HostIdentity& host;
  std::span<const Evidence> nearby = {};  // of network_of(address), told to the client
  // Told at spans_shown_before() the moment's end, by whose clock it is later: the host's, and all
  // clients' where `evidence` has no delivery. May have been told before the moment all the same.
  std::span<const Evidence> ahead = {};
  bool is_cut = false;  // there is more evidence, of older deliveries
};

// Whether a name was asked that is a step of another one's chain: only then the answer depends on
// Evidence::first.
bool may_lead_on(std::span<const Evidence> evidence);

// A delivery counts as the host's when it went to the client's own address, not before
// `host.own_since`, or to an address that was the same device's at that time.
LookupAnswer attribute(const LookupQuestion& question, const Known& known);

}  // namespace etymon::attribution

// Responses: reading them once, carefully, and bringing them into the form that the cache keeps.
//
// A response from the network is untrusted: every length is checked against the bytes left,
// compression pointers only go backwards, and anything odd is an Error (kInvalidArgument) with no
// other effect. Pure functions, any thread; views do not outlive the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "resolver/base/result.h"
#include "resolver/model/answer.h"
#include "resolver/model/nat64_prefix.h"
#include "resolver/wire/message.h"
#include "resolver/wire/opt.h"

namespace etymon::wire {

// A response in the form that is kept and sent, as views into whoever keeps it: header and counts,
// the question, all records that belong to the answer, no OPT. Cutting it at `additional_at` leaves
// a sound message, because compression pointers only go backwards, which tells all addresses that
// are recorded of it.
struct StoredView {
  ByteView message;
  std::span<const uint16_t> ttl_offsets;  // ascending; where each record's TTL stands
  // Where the additional section begins; the end when that may not stay away.
  uint16_t additional_at = 0;
};

inline Rcode rcode_of(const StoredView& stored) {
  return Rcode{static_cast<uint16_t>(rcode_of(read_header(stored.message).flags))};
}

// The same, owned. TTLs stand in the bytes as they were received, with two exceptions: one with the
// top bit set counts as 0 (RFC 2181 section 8), and the SOA of a negative answer lives no longer
// than its MINIMUM (RFC 2308 section 3), so that it ages together with the answer.
struct StoredResponse {
  std::string message;
  std::vector<uint16_t> ttl_offsets;
  uint16_t additional_at = 0;

  StoredView view() const { return {as_bytes(message), ttl_offsets, additional_at}; }
};

// Everything that the miss path needs to know of a response, found in one pass.
struct ParsedResponse {
  StoredResponse stored;
  Answer answer;                  // what a delivery of it tells; `upstream` is left for the caller
  Rcode rcode = Rcode::kNoError;  // with the upper bits of the OPT record
  bool truncated = false;
  bool negative = false;  // NXDOMAIN or NODATA, RFC 2308: no record of the asked type at the end
  // For how long it may be kept, in seconds: the smallest TTL of the answer section; for a negative
  // answer min(SOA TTL, SOA MINIMUM) (RFC 2308 section 5); 0 when it may not be kept.
  uint32_t cache_ttl_s = 0;
  // The smallest TTL along the chain that leads to the addresses, as delivered at age 0; for a
  // negative answer cache_ttl_s.
  uint32_t validity_s = 0;
};

// The question that was asked, to hold a response against.
struct AskedQuestion {
  ByteView qname =
      {};  // uncompressed; compared octet by octet, so that 0x20 counts when it was used
  RecordType qtype = RecordType::kA;
  RecordClass qclass = RecordClass::kIn;
};

// True when `message` is a response (QR, opcode QUERY) with id `id` to exactly this question
// (RFC 5452 section 9.1). An empty question section never matches. Allocates nothing.
bool matches(ByteView message, uint16_t id, const AskedQuestion& asked);

// The rcode of a response, as cheaply as it can be had. All twelve bits where nothing but an OPT
// follows the question, which is how an upstream says BADVERS or BADCOOKIE (RFC 6891 section 9);
// else the four in the header. Allocates nothing. REQUIRES: `message` has a header.
Rcode rcode_at_a_glance(ByteView message);

// Whether a response names other servers instead of answering (a referral, RFC 2308 section 2.2),
// as a server does that does not recurse. REQUIRES: `message` has a header.
bool is_referral(ByteView message);

// Whether all records of a response can be read: counts, names and data are what they say.
bool is_readable(ByteView message);

// Reads a matching response. Keeps of the answer section the CNAME/DNAME chain that starts at QNAME
// and is contiguous, in whatever order the records came, and the records of the asked type at its
// end with their RRSIGs; drops other answer records. Keeps authority and additional records, which
// go to the client but never into the cache as answers of their own, but for those that lead to
// addresses which the answer does not: what is told is what `answer` says. Leaves out octets behind
// the last record. A chain that loops or is
// longer than kChainMax is an Error. A meta response without records (REFUSED, SERVFAIL) parses
// well.
Result<ParsedResponse> parse_response(ByteView message, const AskedQuestion& asked);

// Which addresses are meant: those for which `test` holds, or for the IPv4 address in them, where
// they lie below the prefix of a translator. A value.
class AddressTest {
 public:
  using Test = bool (*)(const IpAddress&);
  explicit AddressTest(Test test, std::optional<Nat64Prefix> translator = std::nullopt)
      : test_(test), translator_(translator) {}

  bool operator()(const IpAddress& address) const {
    const auto inner = translator_ ? translator_->embedded_in(address) : std::nullopt;
    return test_(address) || (inner && test_(*inner));
  }

 private:
  Test test_;
  std::optional<Nat64Prefix> translator_;
};

// The same without the records that bring an address for which `is_withheld` holds, if it is not
// null; the answer says which addresses these are. It loses AD, and is kept as long as the whole
// one would be, although where nothing is left no SOA may say for how long that may be believed.
Result<ParsedResponse> parse_response_without(ByteView message, const AskedQuestion& asked,
                                              const AddressTest* is_withheld);

// More steps than any sane zone has; the Debian resolvers stop between 11 and 17.
inline constexpr size_t kChainMax = 16;

struct TtlRange {
  uint32_t floor_s = 0;
  uint32_t cap_s = UINT32_MAX;

  friend bool operator==(const TtlRange&, const TtlRange&) = default;
};

// Brings every TTL of the response, its cache_ttl_s and its validity_s into `range`, so that what
// is kept, what is served and what is recorded stay in step. A TTL of 0 means "do not keep" (RFC
// 1035 section 3.2.1) and stays 0.
void clamp_ttls(ParsedResponse& response, const TtlRange& range);

// Brings the TTLs of a message that is on its way to one client into `range`, as clamp_ttls() does.
// `offsets`: of the stored response that it was made from; `size`: how much of that went into it.
// True when one of them has changed. Allocates nothing.
bool clamp_sent_ttls(std::span<const uint16_t> offsets, const TtlRange& range, uint8_t* message,
                     size_t size);

// A TTL brought into `range`; 0 stays 0.
uint32_t clamp_ttl(uint32_t ttl_s, const TtlRange& range);

// What differs between the stored response and the message that one client gets.
struct ReplyShape {
  uint16_t id = 0;
  ByteView qname = {};  // the client's own spelling; same name as the stored one
  bool recursion_desired = true;
  bool checking_disabled = false;
  bool edns = false;  // the client sent an OPT, so it gets one
  bool dnssec_ok = false;
  // The client set AD or DO; without either it must not see AD (RFC 6840 section 5.8).
  bool authentic_data_wanted = false;
  uint32_t age_s = 0;        // subtracted from each TTL, never below `ttl_floor_s`
  uint32_t ttl_floor_s = 0;  // 30 for a stale answer (RFC 8767 section 4), else 0
  size_t size_limit = kMessageMax;
  ReplyOptions options = {};  // sent when `edns`

  size_t opt_size() const { return edns ? kOptSize + options.size() : 0; }
};

// Writes the message for one client to `out`, which has room for `out_size` octets. When it does
// not fit the limit, the additional records stay away where they may, which is no truncation; when
// they may not, or that is not enough, it is header, question and OPT with TC set (RFC 2181 section
// 9). Returns its length, 0 when not even that fits. Allocates nothing. REQUIRES: shape.qname has
// the length of the stored question's name.
size_t write_reply(const StoredView& stored, const ReplyShape& shape, uint8_t* out,
                   size_t out_size);

// The same for nobody in particular: whole, without EDNS and AD, at the shape's age.
std::string write_plain(const StoredView& stored, const ReplyShape& shape);

}  // namespace etymon::wire

// The fixed parts of a DNS message, and the query as the hot path reads it (RFC 1035 section 4).
//
// Hand-written, without allocation; a view never outlives the bytes it looks into. Everything here
// is fuzzed against ldns as its oracle. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "resolver/base/bytes.h"
#include "resolver/model/record.h"
#include "resolver/wire/cookie.h"

namespace etymon::wire {

inline constexpr size_t kHeaderSize = 12;
inline constexpr size_t kMessageMax = 65535;  // RFC 1035 section 4.2.2: the TCP length prefix
// What we tell upstreams, and the most we send over UDP: fits every path without fragments
// (DNS flag day 2020).
inline constexpr uint16_t kEdnsSize = 1232;
// What a client without EDNS can take (RFC 1035 section 4.2.1).
inline constexpr uint16_t kPlainUdpMax = 512;

// Bits of the 16-bit flags word (RFC 1035 section 4.1.1, RFC 4035 section 3).
inline constexpr uint16_t kFlagQr = 0x8000;
inline constexpr uint16_t kFlagAa = 0x0400;
inline constexpr uint16_t kFlagTc = 0x0200;
inline constexpr uint16_t kFlagRd = 0x0100;
inline constexpr uint16_t kFlagRa = 0x0080;
inline constexpr uint16_t kFlagAd = 0x0020;
inline constexpr uint16_t kFlagCd = 0x0010;

inline unsigned opcode_of(uint16_t flags) {
  return (flags >> 11) & 0xF;
}
inline unsigned rcode_of(uint16_t flags) {
  return flags & 0xF;
}

struct Header {
  uint16_t id = 0;
  uint16_t flags = 0;
  uint16_t qdcount = 0;
  uint16_t ancount = 0;
  uint16_t nscount = 0;
  uint16_t arcount = 0;
};

// REQUIRES: message.size() >= kHeaderSize.
Header read_header(ByteView message);
void write_header(uint8_t* out, const Header& header);

// Options that we understand (IANA "DNS EDNS0 Option Codes"); all others are ignored, as RFC 6891
// section 6.1.2 wants it.
enum class OptionCode : uint16_t {
  kServerId = 3,        // NSID, RFC 5001
  kClientSubnet = 8,    // RFC 7871
  kCookie = 10,         // RFC 7873
  kKeepalive = 11,      // RFC 7828
  kExtendedError = 15,  // RFC 8914
};

// The OPT pseudo-record of a message (RFC 6891 section 6.1).
struct Edns {
  uint16_t udp_size = kPlainUdpMax;  // as sent; below 512 counts as 512 (section 6.2.3)
  uint8_t version = 0;
  bool dnssec_ok = false;         // DO, RFC 3225
  bool server_id_wanted = false;  // RFC 5001
  bool keepalive_wanted = false;  // RFC 7828; means nothing over UDP
  ByteView cookie = {};           // RFC 7873: of a length that one can have, or empty
  // Ours, for the answer: whoever knows the secret fills it in.
  std::optional<ReplyCookie> reply_cookie = {};
  // RFC 7871, to be passed on upstream: whoever decides about that fills it in.
  ByteView client_subnet = {};
  ByteView options = {};  // raw {code, length, data}...; checked to be well formed
};

// One client's question, as views into its datagram.
struct QueryView {
  Header header;
  ByteView qname = {};  // uncompressed wire octets, root label included, case as sent
  RecordType qtype = RecordType::kA;
  RecordClass qclass = RecordClass::kIn;
  std::optional<Edns> edns;

  bool recursion_desired() const { return (header.flags & kFlagRd) != 0; }
  bool checking_disabled() const { return (header.flags & kFlagCd) != 0; }
  bool dnssec_ok() const { return edns && edns->dnssec_ok; }
  ByteView client_subnet() const { return edns ? edns->client_subnet : ByteView(); }
  // Whether the client wants to see AD: it set AD or DO (RFC 6840 section 5.7).
  bool authentic_data_wanted() const { return (header.flags & kFlagAd) != 0 || dnssec_ok(); }
  // The most that an answer over UDP may measure: the client's size, within [512, kEdnsSize].
  size_t udp_limit() const;
};

// What to do with a datagram from a client, decided from as few octets as possible.
enum class Triage {
  kAnswer,      // A query we can work on; the view is filled.
  kNoQuestion,  // A query for a cookie alone (RFC 7873 section 5.4); header and OPT are filled.
  kDrop,        // Not a query (QR set), or shorter than a header: say nothing (no reflection).
  kFormErr,     // A query, but malformed: header and, when readable, question are filled.
  kNotImp,   // Another opcode than QUERY; question and OPT are filled when it looks like a query.
  kBadVers,  // EDNS version above 0 (RFC 6891 section 6.1.3).
};

// Reads a query. Accepts exactly one question, or none beside a cookie, no answer records, one
// authority record of an IXFR and none else, and at most one OPT, at the root; other records (TSIG,
// SIG(0)) are stepped over. Octets behind the last record make it kFormErr.
Triage read_query(ByteView message, QueryView& view);

// Length of the uncompressed name at the start of `bytes`, root label included, or 0 when it is
// cut, compressed, or longer than 255 octets.
size_t plain_name_length(ByteView bytes);

// Equality of two uncompressed names without regard to ASCII case (RFC 4343).
bool same_name(ByteView a, ByteView b);

}  // namespace etymon::wire

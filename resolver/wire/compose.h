// Messages that we make up ourselves: questions to upstreams, and answers with at most one record.
// Pure functions, any thread; nothing allocates.
#pragma once

#include <cstdint>

#include "resolver/base/random.h"
#include "resolver/wire/message.h"
#include "resolver/wire/opt.h"

namespace etymon::wire {

// The most that a question of ours can measure: header, 255-octet name, type, class, OPT with a
// cookie and a client's subnet.
inline constexpr size_t kUpstreamQueryMax =
    kHeaderSize + 255 + 4 + 11 + 4 + kCookieMax + 4 + kClientSubnetMax;

struct UpstreamQuery {
  uint16_t id = 0;
  ByteView qname = {};
  RecordType qtype = RecordType::kA;
  RecordClass qclass = RecordClass::kIn;
  bool checking_disabled = false;
  // AD in a query asks for AD in the answer (RFC 6840 section 5.7). Set, whatever the client wants:
  // the answer is kept for others too, and each client is shown AD only if it asked.
  bool authentic_data = true;
  bool dnssec_ok = false;
  bool edns = true;
  ByteView cookie =
      {};  // the upstream's and ours, sent with EDNS; empty: none. At most kCookieMax.
  ByteView client_subnet = {};  // RFC 7871, sent with EDNS; empty: none. At most kClientSubnetMax.
};

// Writes a recursive question with an OPT of kEdnsSize. Returns its length.
size_t write_upstream_query(const UpstreamQuery& query, uint8_t (&out)[kUpstreamQueryMax]);

// Gives each letter of the name in place a random case (draft-vixie-dnsext-dns0x20).
void randomise_case(std::span<uint8_t> qname, Random& random);

// The most that an answer of ours without records, or with one record, can measure: a question as
// above, an owner that points to it, 10 octets before the data, the data, and all options.
inline constexpr size_t kOwnDataMax =
    256;  // one TXT string or two short ones (RFC 1035 section 3.3)
inline constexpr size_t kOwnReplyMax =
    kUpstreamQueryMax + 2 + 10 + kOwnDataMax + 2 * 6 + 4 + kServerIdMax + 4 + sizeof(ReplyCookie);

// Writes an answer without records to `query`, with its question when one was readable, an OPT when
// the client sent one, and the options in it. Returns its length, 0 if it does not fit. BADVERS
// goes out with the version that we speak.
size_t write_empty_reply(const QueryView& query, Rcode rcode, const ReplyOptions& options,
                         uint8_t* out, size_t out_size);

// The same with TC set: come back over TCP.
size_t write_truncated_reply(const QueryView& query, const ReplyOptions& options, uint8_t* out,
                             size_t out_size);

// The one record of an answer that we make up; it belongs to the asked name, type and class unless
// said otherwise.
struct OwnRecord {
  RecordType type = RecordType::kTxt;
  uint32_t ttl_s = 0;
  ByteView rdata = {};  // at most kOwnDataMax octets
};

// Writes a NOERROR answer with that record, else as write_empty_reply().
size_t write_own_reply(const QueryView& query, const OwnRecord& record, const ReplyOptions& options,
                       uint8_t* out, size_t out_size);

}  // namespace etymon::wire

// Messages that we make up ourselves: questions to upstreams, and answers without records.
// Pure functions, any thread; nothing allocates.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "resolver/base/random.h"
#include "resolver/wire/message.h"

namespace etymon::wire {

// Extended DNS errors (RFC 8914 section 4) that we give.
enum class ExtendedError : uint16_t {
  kStaleAnswer = 3,
  kBlocked = 15,
  kProhibited = 18,
  kNotReady = 14,
  kNoReachableAuthority = 22,
  kNetworkError = 23,
};

// The most that a question of ours can measure: header, 255-octet name, type, class, OPT.
inline constexpr size_t kUpstreamQueryMax = kHeaderSize + 255 + 4 + 11;

struct UpstreamQuery {
  uint16_t id = 0;
  ByteView qname = {};
  RecordType qtype = RecordType::kA;
  RecordClass qclass = RecordClass::kIn;
  bool checking_disabled = false;
  bool authentic_data = false;  // AD in a query asks for AD in the answer (RFC 6840 section 5.7)
  bool dnssec_ok = false;
  bool edns = true;
};

// Writes a recursive question with an OPT of kEdnsSize. Returns its length.
size_t write_upstream_query(const UpstreamQuery& query, uint8_t (&out)[kUpstreamQueryMax]);

// Gives each letter of the name in place a random case (draft-vixie-dnsext-dns0x20).
void randomise_case(std::span<uint8_t> qname, Random& random);

// Writes an answer without records to `query`, with its question when one was readable, an OPT when
// the client sent one, and an extended error in it when given. Returns its length, 0 if it does not
// fit. BADVERS goes out with the version that we speak.
size_t write_empty_reply(const QueryView& query, Rcode rcode, std::optional<ExtendedError> extended,
                         uint8_t* out, size_t out_size);

}  // namespace etymon::wire

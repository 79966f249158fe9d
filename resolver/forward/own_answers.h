// Answers that we make up ourselves, as values: failures, who we are, ANY. Pure functions, any
// thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "resolver/forward/asker.h"
#include "resolver/model/answer.h"
#include "resolver/wire/compose.h"
#include "resolver/wire/response.h"

namespace etymon::forward {

// What we tell of ourselves; an empty text tells nothing.
struct Identity {
  std::string server;   // id.server and hostname.bind (RFC 4892), NSID (RFC 5001); 0 .. 64 octets
  std::string version;  // version.bind and version.server; 0 .. 255 octets
};

// What a delivery of an answer without addresses tells: the question, its name alone as the chain,
// and the rcode. REQUIRES: qname was checked when the query was read.
Answer bare_answer(ByteView qname, RecordType qtype, RecordClass qclass, Rcode rcode);

// The SERVFAIL that stands for "no upstream had an answer", in the form of a response, so that it
// takes the same way through cache, record and reply as every other one.
wire::ParsedResponse no_answer(const UpstreamQuestion& question);

// The data of the TXT record that answers this question of class CHAOS; nothing when it asks for
// something else, or for what is not told.
std::optional<std::string> identity_text(const wire::QueryView& query, const Identity& identity);

// The answer to ANY over UDP: one small record instead of all there is (RFC 8482 section 4.2), with
// the TTL that its example has. {7, "RFC8482", 0}.
inline constexpr std::array<uint8_t, 9> kMinimalAny = {7, 'R', 'F', 'C', '8', '4', '8', '2', 0};
inline constexpr uint32_t kMinimalAnyTtl = 3'789;

}  // namespace etymon::forward

// The OPT record as we write it (RFC 6891 section 6.1). Pure functions, any thread, no allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "resolver/wire/client_subnet.h"
#include "resolver/wire/message.h"

namespace etymon::wire {

// Root owner, type, size, extended rcode, version, flags, length of the options.
inline constexpr size_t kOptSize = 11;
inline constexpr uint16_t kOptDo = 0x8000;  // RFC 3225

// Extended DNS errors that we give (RFC 8914 section 4; IANA "Extended DNS Error Codes"). An open
// set: any 16-bit number, as an upstream may tell one.
enum class ExtendedError : uint16_t {
  kOther = 0,  // section 4.1 wants a text with it
  kStaleAnswer = 3,
  kCachedError = 13,  // a SERVFAIL from the cache
  // Section 4.16: "an internal security policy imposed by the operator of the server". What lists
  // and the guard against rebinding hold back is the owner's will. 17 (Filtered, section 4.18) is
  // for what the client itself asked to have filtered, which nobody can ask of us.
  kBlocked = 15,
  kProhibited = 18,  // this client may not ask
  kStaleNxDomain = 19,
  kNotAuthoritative = 20,  // recursion was not desired, and the answer is not here
  kNotSupported = 21,
  kNoReachableAuthority = 22,  // nobody upstream answered in time
  kNetworkError = 23,          // nobody upstream could be reached or made sense
  kSynthesized = 29,           // made up by us: for ANY (RFC 8482), by DNS64, from the memory
};

// RFC 5001 leaves the length open; this much always fits beside the longest name in 512 octets.
inline constexpr size_t kServerIdMax = 64;

// RFC 8914 section 2 wants it short, for the datagram's sake.
inline constexpr size_t kErrorTextMax = 64;

// What an answer's OPT record carries beside its fixed part.
struct ReplyOptions {
  std::optional<ExtendedError> error = {};
  std::string_view error_text = {};        // for people; at most kErrorTextMax, only with an error
  std::string_view server_id = {};         // NSID (RFC 5001); empty: none. At most kServerIdMax.
  std::optional<ReplyCookie> cookie = {};  // RFC 7873
  ByteView client_subnet =
      {};  // RFC 7871, as upstream told it; empty: none. At most kClientSubnetMax
  std::optional<uint16_t> keepalive_100ms = {};  // how long a connection may idle (RFC 7828)

  size_t size() const;
  // Writes size() octets.
  void write(uint8_t* out) const;
};

struct OptFields {
  Rcode rcode = Rcode::kNoError;  // its upper eight bits travel here
  bool dnssec_ok = false;
  uint16_t options_size = 0;
};

// Writes kOptSize octets: our own size and version, then room for the options that follow.
void write_opt(uint8_t* out, const OptFields& fields);

}  // namespace etymon::wire

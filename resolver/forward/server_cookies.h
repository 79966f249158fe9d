// ServerCookies: what we give clients, so that they can show that an address is theirs (RFC 7873,
// in the form of RFC 9018 section 4).
//
// Belongs to one loop thread. All loops have the same seed, from which each makes the secret of a
// day by itself: a client's next query may come to another loop, and nothing has to be handed over.
// The secret of the day before is still believed; a cookie is, for an hour.
#pragma once

#include <optional>

#include "resolver/base/clock.h"
#include "resolver/base/siphash.h"
#include "resolver/model/ip_address.h"
#include "resolver/wire/cookie.h"

namespace etymon::forward {

// The server's part of a cookie, and what it depends on.
struct CookieStuff {
  ByteView client;    // the client's part, kClientCookieSize octets
  ByteView head;      // version, three reserved octets, time
  IpAddress address;  // the client's
};
SipTag cookie_tag(const SipHash& hash, const SipKey& secret, const CookieStuff& stuff);

class ServerCookies {
 public:
  // `seed`: unpredictable.
  ServerCookies(SipHash hash, const SipKey& seed) : hash_(std::move(hash)), seed_(seed) {}

  enum class Shown {
    kNone,  // its own part only
    kGood,  // we gave this cookie to this address, and not long ago
    kBad,
  };
  struct Met {
    Shown shown = Shown::kNone;
    wire::ReplyCookie reply = {};  // what the answer brings: the same again, or a newer one
  };
  // A client whose option is `cookie`. REQUIRES: is_cookie_size(cookie.size()).
  Met meet(ByteView cookie, const IpAddress& client, WallTime now);

  // A new one. REQUIRES: is_cookie_size(cookie.size()).
  wire::ReplyCookie answer(ByteView cookie, const IpAddress& client, WallTime now);

  bool proves(ByteView cookie, const IpAddress& client, WallTime now) {
    return age_of(cookie, client, now).has_value();
  }

 private:
  struct Secrets {
    int64_t day = -1;
    SipKey today = {};
    SipKey yesterday = {};
  };
  // Of a good one, in seconds; below 0 when our clock was set back.
  std::optional<int32_t> age_of(ByteView cookie, const IpAddress& client, WallTime now);
  const Secrets& secrets_at(WallTime now);
  SipKey secret_of(int64_t day) const;

  const SipHash hash_;
  const SipKey seed_;
  Secrets secrets_;
};

}  // namespace etymon::forward

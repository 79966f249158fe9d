// The COOKIE option (RFC 7873 section 4): by it a client and a server know each other again, which
// nobody who forges addresses can. Pure functions, any thread, no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "resolver/base/bytes.h"

namespace etymon::wire {

inline constexpr size_t kClientCookieSize = 8;
inline constexpr size_t kServerCookieMin = 8;
inline constexpr size_t kCookieMax = kClientCookieSize + 32;

using ClientCookie = std::array<uint8_t, kClientCookieSize>;
// A client's cookie and ours, which has 16 octets (RFC 9018 section 4).
using ReplyCookie = std::array<uint8_t, kClientCookieSize + 16>;

// A client's cookie alone, or with a server's.
constexpr bool is_cookie_size(size_t size) {
  return size == kClientCookieSize ||
         (size >= kClientCookieSize + kServerCookieMin && size <= kCookieMax);
}

// The first COOKIE option in the additional section of a message; nothing without one, or when the
// message cannot be read that far.
std::optional<ByteView> cookie_in(ByteView message);

}  // namespace etymon::wire

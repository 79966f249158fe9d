#include "resolver/forward/server_cookies.h"

#include <algorithm>
#include <string>

namespace etymon::forward {
namespace {

constexpr size_t kHeadSize = 8;
constexpr uint8_t kVersion = 1;  // RFC 9018 section 4.1
// Seconds, RFC 9018 section 4.3.
constexpr int32_t kOldest = 3'600;
constexpr int32_t kRenewed = 1'800;  // until then it is told again
constexpr int32_t kAhead = 300;      // that a clock of ours may have been wrong by

uint32_t seconds_of(WallTime now) {
  return static_cast<uint32_t>(std::chrono::duration_cast<Seconds>(now.time_since_epoch()).count());
}

int64_t day_of(WallTime now) {
  return std::chrono::duration_cast<std::chrono::hours>(now.time_since_epoch()).count() / 24;
}

}  // namespace

SipTag cookie_tag(const SipHash& hash, const SipKey& secret, const CookieStuff& stuff) {
  std::array<uint8_t, wire::kClientCookieSize + kHeadSize + 16> octets{};
  auto end = std::ranges::copy(stuff.client, octets.begin()).out;
  end = std::ranges::copy(stuff.head, end).out;
  const ByteView address = stuff.address.octets();
  end = std::ranges::copy(stuff.address.is_v4() ? address.last(4) : address, end).out;
  return hash.hash(secret, {octets.data(), static_cast<size_t>(end - octets.begin())});
}

wire::ReplyCookie ServerCookies::answer(ByteView cookie, const IpAddress& client, WallTime now) {
  wire::ReplyCookie out{};
  const ByteView whole(out);
  std::ranges::copy(cookie.first(wire::kClientCookieSize), out.begin());
  out[wire::kClientCookieSize] = kVersion;
  store_u32(out.data() + wire::kClientCookieSize + 4, seconds_of(now));
  const SipTag tag = cookie_tag(hash_, secrets_at(now).today,
                                {.client = whole.first(wire::kClientCookieSize),
                                 .head = whole.subspan(wire::kClientCookieSize, kHeadSize),
                                 .address = client});
  std::ranges::copy(tag, out.end() - static_cast<std::ptrdiff_t>(tag.size()));
  return out;
}

ServerCookies::Met ServerCookies::meet(ByteView cookie, const IpAddress& client, WallTime now) {
  const std::optional<int32_t> age = age_of(cookie, client, now);
  if (age && *age >= 0 && *age < kRenewed) {
    Met met{.shown = Shown::kGood};
    std::ranges::copy(cookie, met.reply.begin());
    return met;
  }
  const Shown without = cookie.size() == wire::kClientCookieSize ? Shown::kNone : Shown::kBad;
  return {age ? Shown::kGood : without, answer(cookie, client, now)};
}

std::optional<int32_t> ServerCookies::age_of(ByteView cookie, const IpAddress& client,
                                             WallTime now) {
  if (cookie.size() != sizeof(wire::ReplyCookie) || cookie[wire::kClientCookieSize] != kVersion) {
    return std::nullopt;
  }
  const ByteView head = cookie.subspan(wire::kClientCookieSize, kHeadSize);
  // Serial number arithmetic, which goes on after 2106 (RFC 1982).
  const auto age = static_cast<int32_t>(seconds_of(now) - load_u32(head.data() + 4));
  if (age > kOldest || age < -kAhead) {
    return std::nullopt;
  }
  const CookieStuff stuff{
      .client = cookie.first(wire::kClientCookieSize), .head = head, .address = client};
  const ByteView shown = cookie.last(sizeof(SipTag));
  const auto is_of = [&](const SipKey& secret) {
    const SipTag tag = cookie_tag(hash_, secret, stuff);
    unsigned difference = 0;  // Of all octets: how long it takes must not tell which one differs.
    for (size_t i = 0; i < tag.size(); ++i) {
      difference |= static_cast<unsigned>(tag[i] ^ shown[i]);
    }
    return difference == 0;
  };
  const Secrets& secrets = secrets_at(now);
  const bool ours = is_of(secrets.today) || is_of(secrets.yesterday);
  return ours ? std::optional(age) : std::nullopt;
}

const ServerCookies::Secrets& ServerCookies::secrets_at(WallTime now) {
  const int64_t day = day_of(now);
  if (secrets_.day != day) {
    secrets_ = {.day = day, .today = secret_of(day), .yesterday = secret_of(day - 1)};
  }
  return secrets_;
}

SipKey ServerCookies::secret_of(int64_t day) const {
  SipKey secret{};
  for (size_t half = 0; half < 2; ++half) {
    std::string octets;
    ByteWriter out(octets);
    out.u64(static_cast<uint64_t>(day));
    out.u8(static_cast<uint8_t>(half));
    const SipTag tag = hash_.hash(seed_, as_bytes(octets));
    std::ranges::copy(tag, secret.begin() + static_cast<std::ptrdiff_t>(half * tag.size()));
  }
  return secret;
}

}  // namespace etymon::forward

#include "resolver/listener/admission.h"

#include "resolver/base/hash.h"

namespace etymon::listener {
namespace {

// What one owner usually has, in bits of the 128-bit form (an IPv4 /24; RFC 6177 for IPv6).
constexpr unsigned kBlock4 = 96 + 24;
constexpr unsigned kBlock6 = 56;

}  // namespace

Verdict Admission::first_look(const IpAddress& client, MonotonicTime now) {
  const bool allowed = options_.access.allows(client);
  denied_ += allowed ? 0 : 1;
  if (!allowed && options_.strangers == Strangers::kDrop) {
    return Verdict::kDrop;
  }
  if (within_limit(client, now)) {
    return allowed ? Verdict::kAdmit : Verdict::kRefuse;
  }
  limited_ += allowed ? 0 : 1;
  return allowed ? Verdict::kTruncate : Verdict::kDrop;
}

Verdict Admission::over_limit(bool proven) {
  if (proven) {
    return Verdict::kAdmit;
  }
  ++limited_;
  const bool slips = options_.slip != 0 && limited_ % options_.slip == 0;
  return slips ? Verdict::kTruncate : Verdict::kDrop;
}

bool Admission::within_limit(const IpAddress& client, MonotonicTime now) {
  const bool neighbour = options_.neighbours.allows(client);
  const uint32_t rate = neighbour ? options_.neighbour_rate : options_.rate;
  if (rate == 0) {
    return true;
  }
  const unsigned block = neighbour ? 128 : client.is_v4() ? kBlock4 : kBlock6;
  const IpAddress counted = IpPrefix::around(client, block).first();
  return limiter_.take(hash_bytes(counted.octets(), seed_), rate, now);
}

}  // namespace etymon::listener

#include "resolver/listener/admission.h"

#include "resolver/base/hash.h"

namespace etymon::listener {

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
  constexpr unsigned kWhole = 128;
  constexpr unsigned kMapped = 96;  // bits before an IPv4 address, as it is held
  const unsigned elsewhere = client.is_v4() ? kMapped + options_.block_v4 : options_.block_v6;
  const IpAddress counted = IpPrefix::around(client, neighbour ? kWhole : elsewhere).first();
  return limiter_.take(hash_bytes(counted.octets(), seed_), rate, now);
}

}  // namespace etymon::listener

// Admission: what to do with a client's datagram before anybody looks into it.
//
// Belongs to one loop thread; nothing allocates per datagram. A source address of a datagram can be
// forged: whoever answers it without limit can be used to flood its true owner (RFC 5358). So
// strangers get nothing, or a refusal that is no larger than what they sent; and clients from
// networks that are not ours are limited in number, by the block that one owner usually has. Of
// those over the limit some get a truncated answer, so that a true client comes back over TCP; and
// one that shows by a cookie that its address is its own is not limited (RFC 7873 section 5.2.4).
// The limit of our own networks is about work, not about forged addresses: it holds for all.
#pragma once

#include <cstdint>

#include "resolver/base/clock.h"
#include "resolver/listener/access_list.h"
#include "resolver/listener/rate_limiter.h"

namespace etymon::listener {

enum class Strangers { kDrop, kRefuse };

enum class Verdict {
  kAdmit,
  kDrop,
  kRefuse,    // answer REFUSED
  kTruncate,  // answer truncated
};

struct AdmissionOptions {
  AccessList access = AccessList::local_networks();  // who may ask
  Strangers strangers = Strangers::kDrop;            // what the others get
  // Networks that are ours, where nobody outside can be harmed and each address is one client.
  AccessList neighbours = AccessList::local_networks();
  // 0 .. 1000000, datagrams a second from each block elsewhere; 0: no limit. A household asks for
  // less than one name a second on average; 100 leaves room for its bursts.
  uint32_t rate = 100;
  // Such a block is what one owner usually has (RFC 6177 for IPv6), in bits of its own form.
  unsigned block_v4 = 24;  // 8 .. 32
  unsigned block_v6 = 56;  // 16 .. 128
  // 0 .. 1000000, datagrams a second from each address in our own networks; 0: no limit.
  uint32_t neighbour_rate = 0;
  // 0 .. 10, every how many datagrams over the limit get a truncated answer; 0: none does.
  uint32_t slip = 2;
};

class Admission {
 public:
  // `seed`: unpredictable, so that nobody can choose addresses that share a place in the table.
  Admission(AdmissionOptions options, uint64_t seed) : options_(std::move(options)), seed_(seed) {}

  // A datagram from `client`. Over the limit `is_proven()` is asked whether it proves its address.
  template <class IsProven>
  Verdict judge(const IpAddress& client, MonotonicTime now, IsProven is_proven) {
    const Verdict verdict = first_look(client, now);
    return verdict == Verdict::kTruncate ? over_limit(may_prove(client) && is_proven()) : verdict;
  }
  Verdict judge(const IpAddress& client, MonotonicTime now) {
    return judge(client, now, [] { return false; });
  }

  // Other lists from now on; who was over the limit stays so.
  void admit(const AdmissionOptions& options) {
    options_.access = options.access;
    options_.neighbours = options.neighbours;
  }

  uint64_t denied() const { return denied_; }    // from addresses that may not ask
  uint64_t limited() const { return limited_; }  // over the limit, strangers' among them

 private:
  // As if each one over the limit got a truncated answer.
  Verdict first_look(const IpAddress& client, MonotonicTime now);
  Verdict over_limit(bool proven);
  bool may_prove(const IpAddress& client) const { return !options_.neighbours.allows(client); }
  bool within_limit(const IpAddress& client, MonotonicTime now);

  AdmissionOptions options_;
  const uint64_t seed_;
  RateLimiter limiter_;
  uint64_t denied_ = 0;
  uint64_t limited_ = 0;
};

}  // namespace etymon::listener

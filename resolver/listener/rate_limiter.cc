#include "resolver/listener/rate_limiter.h"

#include <algorithm>

namespace etymon::listener {
namespace {

constexpr Microseconds kCapacity = Seconds(1);

}  // namespace

bool RateLimiter::take(Key key, uint32_t per_second, MonotonicTime now) {
  Bucket& bucket = bucket_of(sets_[key % kSets], key);
  const MonotonicTime full_at = std::max(bucket.full_at, now) + kCapacity / per_second;
  if (full_at - now > kCapacity) {
    return false;
  }
  bucket.full_at = full_at;
  return true;
}

RateLimiter::Bucket& RateLimiter::bucket_of(Set& set, Key key) {
  const auto known = std::ranges::find(set, key, &Bucket::key);
  if (known != set.end()) {
    return *known;
  }
  Bucket& quietest = *std::ranges::min_element(set, {}, &Bucket::full_at);
  quietest = {.key = key};
  return quietest;
}

}  // namespace etymon::listener

// RateLimiter: how often each of many may do something, in a table of fixed size.
//
// Belongs to one loop thread. A token bucket for each key, as one moment: when the bucket would be
// full again. It holds one second's worth. Nothing allocates after construction; when more keys are
// active than the table holds, the one that has been quiet longest starts anew with a full bucket,
// so that a flood of forged addresses can only make the limit looser, never shut anybody out.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "resolver/base/clock.h"

namespace etymon::listener {

class RateLimiter {
 public:
  // Keys are spread over the table by their lower bits: give it hashes.
  using Key = uint64_t;

  RateLimiter() : sets_(kSets) {}

  // Takes one from the key's bucket, which fills with `per_second` each second; false when it is
  // empty. REQUIRES: per_second >= 1.
  bool take(Key key, uint32_t per_second, MonotonicTime now);

 private:
  // 4096 keys, 64 KiB.
  static constexpr size_t kSets = 1024;
  static constexpr size_t kWays = 4;

  struct Bucket {
    Key key = 0;
    MonotonicTime full_at{Microseconds::min()};
  };
  using Set = std::array<Bucket, kWays>;

  static Bucket& bucket_of(Set& set, Key key);

  std::vector<Set> sets_;
};

}  // namespace etymon::listener

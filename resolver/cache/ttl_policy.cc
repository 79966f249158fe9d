#include <algorithm>

#include "resolver/cache/answer_cache.h"

namespace etymon::cache {
namespace {

wire::TtlRange range_for(const wire::ParsedResponse& response, const TtlPolicy& policy) {
  const uint32_t cap_s =
      response.negative ? std::min(policy.negative_cap_s, policy.cap_s) : policy.cap_s;
  return {.floor_s = std::min(policy.floor_s, cap_s), .cap_s = cap_s};
}

}  // namespace

bool is_failure(const wire::ParsedResponse& response) {
  return response.rcode != Rcode::kNoError && response.rcode != Rcode::kNxDomain;
}

uint32_t apply_policy(const TtlPolicy& policy, wire::ParsedResponse& response) {
  wire::clamp_ttls(response, range_for(response, policy));
  if (response.truncated) {
    return 0;
  }
  return is_failure(response) ? policy.failure_s : response.cache_ttl_s;
}

}  // namespace etymon::cache

// Lookups: a question of the API answered from the store. Without gRPC; any thread, no state.
#pragma once

#include <cstddef>
#include <optional>

#include "api/service/failure.h"
#include "etymon/v1/lookup.pb.h"
#include "resolver/base/clock.h"
#include "store/store.h"

namespace etymon::service {

// Most octets of candidates in one answer: wide prefixes have no other end.
inline constexpr size_t kAnswerBytesMax = 1 << 20;

class Lookups {
 public:
  // Both outlive it.
  Lookups(const store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Writes into `out`, whatever was in it before: its memory is used again. Gives the failure there
  // is instead of an answer.
  std::optional<Failure> answer(const v1::LookupRequest& request, v1::LookupResponse& out) const;

 private:
  const store::Store& store_;
  const Clock& clock_;
};

}  // namespace etymon::service

// QuickReading: how long a lookup may be read on a thread of gRPC's, of which there are few. Most
// lookups are over long before; what takes longer is read at the reading desk. Belongs to one call.
#pragma once

#include <grpcpp/server_context.h>

#include <optional>

#include "api/service/lookups.h"
#include "resolver/base/clock.h"

namespace etymon::service {

class QuickReading {
 public:
  // Both outlive it.
  QuickReading(const grpc::CallbackServerContext& context, const Clock& clock)
      : context_(context), clock_(clock) {}
  QuickReading(const QuickReading&) = delete;
  QuickReading& operator=(const QuickReading&) = delete;

  // Of one lookup; the reading outlives them.
  LookupBounds bounds() {
    end_.reset();
    return {.pairs_max = LookupBounds::kQuickPairsMax, .should_stop = [this] { return is_over(); }};
  }

 private:
  static constexpr Milliseconds kTime{50};

  // The time runs from the first question for it on: a lookup that is over before does not pay for
  // looking at the clock.
  bool is_over() {
    const MonotonicTime now = clock_.monotonic();
    end_ = end_.value_or(now + kTime);
    return now >= *end_ || context_.IsCancelled();
  }

  const grpc::CallbackServerContext& context_;
  const Clock& clock_;
  std::optional<MonotonicTime> end_;
};

}  // namespace etymon::service

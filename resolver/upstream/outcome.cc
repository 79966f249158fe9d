#include "resolver/upstream/outcome.h"

#include "resolver/upstream/attempts.h"
#include "resolver/upstream/pool.h"

namespace etymon::upstream {

Result<Response> Outcome::without_answer(const Attempts& attempts, Counters& counters) {
  if (failure_) {
    ++counters.failures;
    return *std::move(failure_);
  }
  if (referred_ && !attempts.hopeful()) {
    ++counters.failures;
    return Error{ErrorCode::kUnavailable, "an upstream names other servers: it does not recurse"};
  }
  ++counters.unanswered;
  if (attempts.hopeful()) {
    return Error{ErrorCode::kDeadlineExceeded, "no upstream answered in time"};
  }
  if (exhausted_) {
    return Error{ErrorCode::kResourceExhausted, "no descriptor is left to ask an upstream with"};
  }
  return Error{ErrorCode::kUnavailable, "no upstream can be reached"};
}

}  // namespace etymon::upstream

// Sending one message of a question: how the name is spelled, whether it has EDNS and a cookie, on
// which port or connection it leaves. Inside this folder only; to be called on the loop thread.
#pragma once

#include <cstddef>
#include <memory>

#include "resolver/base/result.h"
#include "resolver/upstream/course.h"
#include "resolver/upstream/tries.h"

namespace etymon::upstream {

// The try waits for the answer from now on, and tells `owner`, which must outlive it; over UDP the
// message leaves at the end of the turn. Without EDNS where the upstream is known to refuse it.
// Errors: kUnavailable, kResourceExhausted.
Result<std::unique_ptr<Try>> send_query(const Course& course, TryOwner& owner, size_t server,
                                        Path path, Edns edns);

}  // namespace etymon::upstream

// ClientLoad: unary calls of the API as a program makes them that is built on it: by gRPC's own
// client, over a unix socket. What a caller gets, where ApiLoad shows what the server could give.
//
// Throws std::runtime_error when a call fails.
#pragma once

#include <string>

#include "resolver/base/clock.h"
#include "tests/bench/api_load.h"

namespace etymon::bench {

// A closed loop of `at_once` calls to a warm_server(), on one channel, from the second processor.
CallResult saturate_by_client(const std::string& server, Call call, size_t at_once,
                              Microseconds time);

}  // namespace etymon::bench

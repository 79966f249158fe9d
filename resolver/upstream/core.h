// What a pool owns and its exchanges share. Inside this folder only; belongs to one loop thread.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "resolver/upstream/health.h"
#include "resolver/upstream/pool.h"
#include "resolver/upstream/stream_link.h"

namespace etymon::upstream {

// One upstream, for as long as the pool lives.
struct Server {
  Server(net::EventLoop& loop, Random& random, const Endpoint& at, const net::TcpLimits& limits)
      : endpoint(at), link(loop, random, at, limits) {}

  Endpoint endpoint;
  Health health;
  RoundTrip round_trip;
  Quirk loses_case;
  Quirk refuses_edns;
  StreamLink link;
  uint64_t messages = 0;
  uint64_t answers = 0;
  uint64_t failures = 0;
  uint64_t timeouts = 0;
};

class Exchange;

// What a pool's exchanges share.
struct Core {
  Core(net::EventLoop& event_loop, Options pool_options, Random& pool_random);
  ~Core();

  // Tells `done` of the error in the next turn.
  void refuse(Done done, Error error);

  net::EventLoop& loop;
  Random& random;
  Options options;
  Counters counters;
  // Larger than any datagram we ask for, so that a longer one shows as such.
  std::array<uint8_t, 4096> room{};
  std::vector<std::unique_ptr<Server>> servers;
  // Behind the servers: exchanges leave the servers' links when they go.
  std::unordered_map<const Exchange*, std::unique_ptr<Exchange>> exchanges;
  std::vector<std::pair<Done, Error>> refused;  // not yet told
  net::Timer tell_refused;
};

}  // namespace etymon::upstream

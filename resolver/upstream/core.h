// What a pool owns and its exchanges share. Inside this folder only; belongs to one loop thread.
#pragma once

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "resolver/upstream/cookie.h"
#include "resolver/upstream/health.h"
#include "resolver/upstream/pool.h"
#include "resolver/upstream/stream_link.h"
#include "resolver/upstream/udp_link.h"

namespace etymon::upstream {

struct Core;

// One upstream, for as long as the pool lives.
struct Server {
  Server(Core& core, const Endpoint& at);

  Endpoint endpoint;
  bool mixes_case;  // of the names that it is asked about
  Health health;
  RoundTrip round_trip;
  Quirk loses_case;
  Quirk cannot_prove;  // that it loses the case: that would have to come over TCP
  Quirk refuses_edns;
  UdpLinks udp;
  StreamLink link;
  Cookie cookie;
  MonotonicTime heard_at{};  // when something came last that was an answer to some message
  uint64_t messages = 0;
  uint64_t answers = 0;
  uint64_t failures = 0;
  uint64_t timeouts = 0;
  uint64_t wrong_cookies = 0;
  uint64_t missing_cookies = 0;
};

class Exchange;

// What a pool's exchanges share.
struct Core {
  Core(net::EventLoop& event_loop, Options pool_options, Random& pool_random);
  ~Core();

  // Tells `done` of the error in the next turn.
  void refuse(Done done, Error error);

  // At the end of a turn: sends what its questions have queued.
  void send_questions();

  net::EventLoop& loop;
  Random& random;
  Options options;
  Counters counters;
  UdpLink::Shared udp;
  std::vector<std::unique_ptr<Server>> servers;
  // Behind the servers: exchanges leave the servers' links when they go.
  std::unordered_map<const Exchange*, std::unique_ptr<Exchange>> exchanges;
  std::vector<std::pair<Done, Error>> refused;  // not yet told
  net::Timer tell_refused;
};

}  // namespace etymon::upstream

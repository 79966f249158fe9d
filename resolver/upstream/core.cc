#include "resolver/upstream/core.h"

#include <algorithm>

#include "resolver/upstream/exchange.h"

namespace etymon::upstream {

Server::Server(Core& core, const Endpoint& at)
    : endpoint(at),
      mixes_case(std::ranges::find(core.options.lower_case, at) == core.options.lower_case.end()),
      health(core.options.failures_max),
      udp(core.udp, core.random, at),
      link(core.loop, core.random, at, core.options.stream),
      cookie(core.random) {}

Core::Core(net::EventLoop& event_loop, Options pool_options, Random& pool_random)
    : loop(event_loop),
      random(pool_random),
      options(std::move(pool_options)),
      udp(loop, options.runs),
      tell_refused(loop, [this] {
        for (auto& [done, error] : std::exchange(refused, {})) {
          done(std::move(error));
        }
      }) {
  for (const Endpoint& endpoint : options.servers) {
    servers.push_back(std::make_unique<Server>(*this, endpoint));
  }
}

Core::~Core() = default;

// Who learns that his question could not leave may ask another upstream, or this one over TCP.
void Core::send_questions() {
  const auto send = [](const std::unique_ptr<Server>& server) { return server->udp.send(); };
  while (std::ranges::count_if(servers, send) > 0) {
  }
}

void Core::refuse(Done done, Error error) {
  refused.emplace_back(std::move(done), std::move(error));
  tell_refused.start(Microseconds(0));
}

}  // namespace etymon::upstream

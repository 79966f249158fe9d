#include "resolver/upstream/core.h"

#include "resolver/upstream/exchange.h"

namespace etymon::upstream {

Core::Core(net::EventLoop& event_loop, Options pool_options, Random& pool_random)
    : loop(event_loop),
      random(pool_random),
      options(std::move(pool_options)),
      tell_refused(loop, [this] {
        for (auto& [done, error] : std::exchange(refused, {})) {
          done(std::move(error));
        }
      }) {
  for (const Endpoint& endpoint : options.servers) {
    servers.push_back(std::make_unique<Server>(loop, random, endpoint, options.stream));
  }
}

Core::~Core() = default;

void Core::refuse(Done done, Error error) {
  ++counters.rejected;
  refused.emplace_back(std::move(done), std::move(error));
  tell_refused.start(Microseconds(0));
}

}  // namespace etymon::upstream

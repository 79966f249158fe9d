#include "tests/bench/warm_server.h"

namespace etymon::bench {

std::unique_ptr<Server> warm_server(const Surroundings& around, Place place) {
  // The first pass over all pairs is folded into the tables, the second stays in memory.
  constexpr uint32_t kPairs = kTold.names * kTold.clients;
  auto server = Server::etymond({.programs = around.programs,
                                 .upstream = around.upstream,
                                 .affinity = place == Place::kLoopApart,
                                 .store = "tail = " + std::to_string(kPairs) + '\n'});
  Load load(server->port(), kTold);
  for (uint32_t told = 0; told < 2 * kPairs - kTold.names; told += kTold.names) {
    load.ask_each_name_once();
  }
  server->await_idle();
  return server;
}

}  // namespace etymon::bench

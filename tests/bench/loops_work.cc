#include "tests/bench/loops_work.h"

#include <functional>
#include <thread>

#include "tests/bench/servers.h"
#include "tests/support/processors.h"

namespace etymon::bench {
namespace {

constexpr Seconds kTime{3};
constexpr Asking kAsking = {10'000, 20};

void on_each(unsigned processors, const std::function<void(unsigned processor)>& act) {
  std::vector<std::thread> threads;
  for (unsigned processor = 0; processor < processors; ++processor) {
    threads.emplace_back([&act, processor] {
      testing::stay_on_processor(processor);
      act(processor);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

// Each loop has a cache of its own, and clients or a processor of its own: every client asks for
// every name from every processor.
void warm_up(const Server& server, unsigned processors) {
  on_each(processors, [&](unsigned) {
    Load load(server.port(), kAsking);
    for (uint32_t client = 0; client < kAsking.clients; ++client) {
      load.ask_each_name_once();
    }
  });
  server.await_idle();
}

std::vector<LoadResult> ask_from_each(const Server& server, unsigned processors) {
  std::vector<LoadResult> results(processors);
  on_each(processors, [&](unsigned processor) {
    results[processor] = Load(server.port(), kAsking).saturate(kTime);
  });
  return results;
}

LoopsWork measure(const Surroundings& around, unsigned loops, bool affinity) {
  const auto server = Server::etymond({.programs = around.programs,
                                       .upstream = around.upstream,
                                       .loops = loops,
                                       .affinity = affinity});
  warm_up(*server, loops);
  const double before = server->processor_seconds();
  uint64_t answered = 0;
  LoopsWork work;
  for (const LoadResult& result : ask_from_each(*server, loops)) {
    work.per_second += result.per_second();
    work.lost += result.lost;
    answered += result.answered;
  }
  const double spent = server->processor_seconds() - before;
  work.us_per_answer = spent * 1e6 / static_cast<double>(answered);
  work.unrecorded = server->unrecorded();
  return work;
}

}  // namespace

std::vector<LoopsRound> measure_loops(const Surroundings& around, size_t rounds) {
  std::vector<LoopsRound> measured(rounds);
  for (LoopsRound& round : measured) {
    round.one = measure(around, 1, false);
    round.two = measure(around, 2, false);
    round.two_apart = measure(around, 2, true);
  }
  return measured;
}

}  // namespace etymon::bench

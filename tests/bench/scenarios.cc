#include "tests/bench/scenarios.h"

#include <algorithm>

#include "tests/bench/servers.h"

namespace etymon::bench {
namespace {

constexpr Seconds kTime{2};
constexpr Milliseconds kFirstTime{100};
constexpr Seconds kFoldAfter{5};
constexpr Microseconds kCalmPeriod{50};  // 20 000 questions a second

LoadResult work_on(const Scenario& scenario, Load& load) {
  switch (scenario.work) {
    case Work::kCached:
      return load.saturate(kTime);
    case Work::kMiss:
      return load.ask_each_name_once();
    case Work::kCalm:
      return load.ask_every(kCalmPeriod, kTime);
  }
  return {};
}

Measured measure(const Scenario& scenario, const Server& server) {
  Load load(server.port(), scenario.asking);
  const double before = server.processor_seconds();
  Measured measured;
  measured.load = work_on(scenario, load);
  const double spent = server.processor_seconds() - before;
  measured.us_per_answer = spent * 1e6 / static_cast<double>(measured.load.answered);
  measured.resident_mib = server.resident_mib();
  measured.unrecorded = server.unrecorded();
  return measured;
}

// Room for all names: an entry takes less than 350 octets.
unsigned cache_mib(const Scenario& scenario) {
  constexpr unsigned kDefault = 64;
  return std::max(kDefault, scenario.asking.names / 3'000);
}

// Whoever has a cache for so many gives the store room for them, too: an answer takes 100 to 200
// octets there, and 300 to 400 until it is folded. Folded soon, so that the first deliveries of all
// names are not what is measured; and not while the work lasts.
std::string store_settings(const Scenario& scenario) {
  constexpr unsigned kDefaultAnswers = 32;
  constexpr unsigned kDefaultTail = 64;
  static_assert(kTime + kFirstTime < kFoldAfter);
  const auto mib = [](unsigned least, unsigned size) {
    return '"' + std::to_string(std::max(least, size)) + "MiB\"\n";
  };
  const unsigned names = scenario.asking.names;
  return "answers = " + mib(kDefaultAnswers, names / 6'000) +
         "tail_memory = " + mib(kDefaultTail, names / 3'000) + "fold_after = \"" +
         std::to_string(kFoldAfter.count()) + "s\"\n";
}

Measured measure_etymond(const Scenario& scenario, const Surroundings& around) {
  const auto server = Server::etymond({.programs = around.programs,
                                       .upstream = around.upstream,
                                       .cache_mib = cache_mib(scenario),
                                       .store = store_settings(scenario)});
  if (scenario.work != Work::kMiss) {
    Load load(server->port(), scenario.asking);
    load.ask_each_name_once();
    // Whatever the work sets off beside it, such as a fold of a million names, is over then.
    load.saturate(kFirstTime);
    server->await_folded();
  }
  return measure(scenario, *server);
}

}  // namespace

std::vector<Scenario> usual_scenarios() {
  constexpr uint32_t kNames = 10'000;
  return {{.name = "hot", .asking = {kNames, 20}},
          {.name = "pairs", .asking = {kNames, 1'000}},
          {.name = "miss", .work = Work::kMiss, .asking = {100'000, 20}},
          {.name = "calm", .work = Work::kCalm, .asking = {kNames, 20}}};
}

std::vector<Scenario> growth_scenarios() {
  std::vector<Scenario> scenarios;
  for (const uint32_t names : {1'000U, 100'000U, 1'000'000U}) {
    for (const uint32_t clients : {10U, 10'000U}) {
      scenarios.push_back({.name = "growth", .asking = {names, clients}});
    }
  }
  return scenarios;
}

Pair measure(const Scenario& scenario, const Surroundings& around) {
  return {.etymond = measure_etymond(scenario, around),
          .echo = measure(scenario, *Server::echo(around.self))};
}

}  // namespace etymon::bench

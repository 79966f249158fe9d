#include "tests/bench/api_work.h"

#include <cmath>

#include "tests/bench/client_load.h"
#include "tests/bench/warm_server.h"
#include "tests/support/api_attack.h"

namespace etymon::bench {
namespace {

constexpr Seconds kTime{2};
constexpr Milliseconds kFirstTime{100};
// Long enough for folds, which are part of what a server does that is asked.
constexpr Seconds kDnsTime{6};
// Enough to keep the server busy.
constexpr size_t kAtOnce = 32;

CallWork measure_calls(const Server& server, Call call) {
  ApiLoad load(server.api(), call);
  load.saturate(kAtOnce, kFirstTime);
  const double before = server.processor_seconds();
  const CallResult result = load.saturate(kAtOnce, kTime);
  const double spent = server.processor_seconds() - before;
  return {result.per_second(), spent * 1e6 / static_cast<double>(result.answered)};
}

CallWork measure_by_client(const Server& server, Call call, size_t at_once) {
  saturate_by_client(server.api(), call, at_once, kFirstTime);
  const double before = server.processor_seconds();
  const CallResult result = saturate_by_client(server.api(), call, at_once, kTime);
  const double spent = server.processor_seconds() - before;
  return {result.per_second(), spent * 1e6 / static_cast<double>(result.answered)};
}

// Nothing that one of these leaves behind is done while the next is measured.
void measure_beside_dns(const Server& server, ApiRound& round) {
  Load dns(server.port(), kTold);
  round.dns_peak = dns.saturate(kDnsTime).per_second();
  server.await_idle();
  const Microseconds period(std::lround(2e6 / round.dns_peak));
  const auto ask = [&](const Beside& beside) {
    const LoadResult asked = dns.ask_every(period, kDnsTime, beside);
    round.dns_failures += asked.lost + asked.servfail;
    return asked;
  };
  round.dns_p99_us = ask({}).p99_us;
  server.await_idle();

  ApiLoad lookups(server.api(), Call::kLookup);
  lookups.saturate(1, kFirstTime);
  const Beside beside{.fd = lookups.fd(), .step = [&] { lookups.step(); }};
  lookups.begin(1);
  ask(beside);
  round.lookup_p99_us = lookups.end().p99_us;
  server.await_idle();

  lookups.begin(kAtOnce);
  round.dns_busy_p99_us = ask(beside).p99_us;
  round.busy_lookups = lookups.end().per_second();
  server.await_idle();

  const testing::ApiAttack attack(server.api());
  const LoadResult attacked = ask({});
  const testing::ApiAttack::Done done = attack.done();
  round.dns_attacked_p99_us = attacked.p99_us;
  round.attacks = static_cast<double>(done.resets + done.gibibytes + done.garbage + done.unread) /
                  attacked.seconds;
}

}  // namespace

std::vector<ApiRound> measure_api(const Surroundings& around, size_t rounds) {
  const auto together = warm_server(around, Place::kTogether);
  const auto apart = warm_server(around, Place::kLoopApart);
  std::vector<ApiRound> measured(rounds);
  for (ApiRound& round : measured) {
    round.health = measure_calls(*together, Call::kHealth);
    round.lookup = measure_calls(*together, Call::kLookup);
    round.health_by_client = measure_by_client(*together, Call::kHealth, kAtOnce);
    round.lookup_by_client = measure_by_client(*together, Call::kLookup, kAtOnce);
    round.health_in_turn = measure_by_client(*together, Call::kHealth, 1);
    round.lookup_in_turn = measure_by_client(*together, Call::kLookup, 1);
    measure_beside_dns(*apart, round);
  }
  return measured;
}

}  // namespace etymon::bench

#include "tests/bench/rates.h"

#include <cstdio>

#include "tests/bench/quantile.h"

namespace etymon::bench {
namespace {

constexpr double kOfOneLoop = 1.7;
constexpr double kOfHealthCheck = 0.85;
constexpr double kLookupLines = 150'000;
constexpr double kAnnotateLines = 100'000;
constexpr double kLookupP99Us = 1'000;
constexpr double kDnsP99Moved = 1.2;

}  // namespace

std::vector<Rate> rates_of_loops(const std::vector<LoopsRound>& rounds) {
  return {{"answers of two loops with affinity, of one on one core",
           median(rounds, &LoopsRound::ratio), Rate::Bound::kAtLeast, kOfOneLoop},
          {"questions that were lost meanwhile", most(rounds, &LoopsRound::lost),
           Rate::Bound::kAtMost, 0}};
}

std::vector<Rate> rates_of_api(const std::vector<ApiRound>& rounds) {
  using enum Rate::Bound;
  const auto of = [&](auto figure) { return median(rounds, figure); };
  return {
      {"unary lookups, of the health check's rate", of(&ApiRound::ratio), kAtLeast, kOfHealthCheck},
      {"the same by gRPC's own client", of(&ApiRound::ratio_by_client), kAtLeast, kOfHealthCheck},
      {"the same, one after the other", of(&ApiRound::ratio_in_turn), kAtLeast, kOfHealthCheck},
      {"unary lookup beside DNS at half its peak, p99 us", of(&ApiRound::lookup_p99_us), kAtMost,
       kLookupP99Us},
      {"DNS p99 beside lookups at full rate, of that alone", of(&ApiRound::dns_p99_ratio), kAtMost,
       kDnsP99Moved},
      {"DNS p99 beside attacks on the API, of that alone", of(&ApiRound::dns_attacked_p99_ratio),
       kAtMost, kDnsP99Moved},
      {"DNS questions that failed in all of that", most(rounds, &ApiRound::dns_failures), kAtMost,
       0}};
}

std::vector<Rate> rates_of_command(const std::vector<CommandWork>& works) {
  std::vector<Rate> rates;
  for (const CommandWork& work : works) {
    const double target = work.name == "annotate" ? kAnnotateLines : kLookupLines;
    rates.push_back({work.name + ", lines a second on one core", work.per_core_second(),
                     Rate::Bound::kAtLeast, target});
  }
  return rates;
}

void print_rates(const std::vector<Rate>& rates) {
  std::printf("\n%-52s %10s %13s  %s\n", "promised", "measured", "target", "holds");
  for (const Rate& rate : rates) {
    const int digits = rate.target < 10 ? 2 : 0;
    std::printf("%-52s %10.*f %3s %9.*f  %s\n", rate.name.c_str(), digits, rate.figure,
                rate.bound == Rate::Bound::kAtLeast ? ">=" : "<=", digits, rate.target,
                rate.holds() ? "yes" : "NO");
  }
  std::fflush(stdout);
}

nlohmann::json to_json(const Rate& rate) {
  return {{"work", "promised"},
          {"name", rate.name},
          {"measured", rate.figure},
          {"bound", rate.bound == Rate::Bound::kAtLeast ? "at least" : "at most"},
          {"target", rate.target},
          {"holds", rate.holds()}};
}

}  // namespace etymon::bench

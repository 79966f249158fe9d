// What a verdict costs, from evidence that is at hand.
#include <benchmark/benchmark.h>

#include "store/attribution/attribution.h"

namespace etymon::attribution {
namespace {

constexpr WallTime kNoon{Seconds(1'700'000'000)};
const IpAddress kClient = IpAddress::v4(0x0A000007U);
const IpAddress kAddress = IpAddress::v4(0xCB007105U);

// Name number `n`, told a second before number `n - 1`, now and then at the end of an alias.
Evidence told(uint32_t n) {
  auto answer = std::make_shared<Answer>();
  answer->question.name = *DomainName::from_text("site" + std::to_string(n) + ".example.com");
  answer->chain = {answer->question.name};
  if (n % 2 == 0) {
    answer->chain.push_back(*DomainName::from_text("edge.cdn.example.net"));
  }
  answer->addresses = {{kAddress, Via::kA}};
  Evidence row;
  row.client = kClient;
  row.address = answer->addresses.front();
  row.answer = std::move(answer);
  row.deliveries = 1 + n % 5;
  row.newest = {.at = kNoon - Seconds(n + 1), .validity_s = 60};
  row.first = row.newest;
  row.valid_until = row.newest.valid_until();
  return row;
}

// One name is the ordinary case; a thousand that share an address are a large hoster.
void judge(benchmark::State& state) {
  std::vector<Evidence> evidence;
  for (uint32_t n = 0; n < state.range(0); ++n) {
    evidence.push_back(told(n));
  }
  const Coverage coverage({{.span = {kNoon - Seconds(86'400), kNoon}}});
  LookupQuestion question;
  question.address = IpPrefix(kAddress);
  question.client = kClient;
  question.at = kNoon;
  question.asked_at = kNoon;
  for (auto _ : state) {
    benchmark::DoNotOptimize(attribute(question, {evidence, coverage, {}}));
  }
}
BENCHMARK(judge)->ArgName("names")->Arg(1)->Arg(10)->Arg(1'000);

}  // namespace
}  // namespace etymon::attribution

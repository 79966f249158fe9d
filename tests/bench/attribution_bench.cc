// What a verdict costs, from evidence that is at hand, and the ways from the API's question and to
// its answer.
#include <benchmark/benchmark.h>

#include "api/service/answer_octets.h"
#include "api/service/conversions.h"
#include "api/service/lookups.h"
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
  answer->upstream = {IpAddress::v4(0xC0000235U), 53};
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

std::vector<Evidence> told_names(int64_t count) {
  std::vector<Evidence> evidence;
  for (uint32_t n = 0; n < count; ++n) {
    evidence.push_back(told(n));
  }
  return evidence;
}

LookupQuestion question_at_noon() {
  LookupQuestion question;
  question.address = IpPrefix(kAddress);
  question.client = kClient;
  question.at = kNoon;
  question.asked_at = kNoon;
  return question;
}

Coverage the_day_before() {
  return Coverage({{.span = {kNoon - Seconds(86'400), kNoon}}});
}

void read(benchmark::State& state) {
  v1::LookupRequest request;
  request.set_address(kAddress.text());
  request.set_client(kClient.text());
  *request.mutable_at() = service::write_time(kNoon);
  request.set_port(443);
  request.set_proto("tcp");
  for (auto _ : state) {
    benchmark::DoNotOptimize(service::read_question(request, kNoon));
  }
}
BENCHMARK(read);

// One name is the ordinary case; a thousand that share an address are a large hoster.
void judge(benchmark::State& state) {
  const std::vector<Evidence> evidence = told_names(state.range(0));
  const Coverage coverage = the_day_before();
  const LookupQuestion question = question_at_noon();
  for (auto _ : state) {
    benchmark::DoNotOptimize(attribute(question, {evidence, coverage, {}}));
  }
}
BENCHMARK(judge)->ArgName("names")->Arg(1)->Arg(10)->Arg(1'000);

void write(benchmark::State& state) {
  const LookupAnswer answer =
      attribute(question_at_noon(), {told_names(state.range(0)), the_day_before(), {}});
  std::string octets;
  for (auto _ : state) {
    octets.clear();
    service::append_answer(answer, service::kAnswerBytesMax, octets);
    benchmark::DoNotOptimize(octets);
  }
}
BENCHMARK(write)->ArgName("names")->Arg(1)->Arg(10)->Arg(1'000);

}  // namespace
}  // namespace etymon::attribution

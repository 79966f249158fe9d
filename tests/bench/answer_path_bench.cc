// What a cached answer costs from question to finished turn, without sockets and without a store.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "resolver/forward/forwarder.h"
#include "resolver/upstream/routes.h"
#include "tests/support/dns_messages.h"
#include "tests/support/fakes.h"
#include "tests/support/lone_turn.h"
#include "tests/support/numbered_names.h"

namespace etymon {
namespace {

constexpr size_t kCacheBytes = size_t{512} << 20;  // a million names and room to spare
constexpr uint64_t kSeed = 7;
// Coprime to the numbers of names, so that its multiples visit all of them in no obvious order.
constexpr uint32_t kStride = 7919;

// The cache filled as the miss path fills it, with the numbered names.
class FilledCache {
 public:
  explicit FilledCache(uint32_t names) : names_(names) {
    for (uint32_t number = 0; number < names; ++number) {
      keep(number);
    }
  }

  // The question for another name each time.
  ByteView next_query() {
    number_ = (number_ + kStride) % names_;
    return {query_.data(), testing::write_numbered_query(number_, 1, query_.data())};
  }

  testing::ManualClock clock;
  cache::AnswerCache cache{kCacheBytes, kSeed};

 private:
  void keep(uint32_t number) {
    const std::string query = testing::numbered_query(number);
    const std::string message = testing::numbered_answer(number);
    wire::QueryView asked;
    static_cast<void>(wire::read_query(as_bytes(query), asked));
    auto response = wire::parse_response(as_bytes(message), {.qname = asked.qname}).value();
    const uint32_t keep_s = cache::apply_policy({}, response);
    cache.insert({.qname = asked.qname},
                 {.response = response.stored.view(), .answer = 1, .validity_s = keep_s}, keep_s,
                 clock.monotonic());
  }

  uint32_t names_;
  uint32_t number_ = 0;
  std::array<uint8_t, testing::kNumberedMessageMax> query_{};
};

void cache_hit(benchmark::State& state) {
  FilledCache filled(static_cast<uint32_t>(state.range(0)));
  wire::QueryView view;
  for (auto _ : state) {
    static_cast<void>(wire::read_query(filled.next_query(), view));
    benchmark::DoNotOptimize(filled.cache.find({.qname = view.qname}, filled.clock.monotonic()));
  }
}
BENCHMARK(cache_hit)->ArgName("names")->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

class NobodyUpstream final : public forward::Asker {
 public:
  void ask(const forward::UpstreamQuestion&, Done) override { std::abort(); }
};

class NoSocket final : public forward::AnswerSink {
 public:
  void send(std::span<const forward::Outgoing> answers) override {
    benchmark::DoNotOptimize(answers.data());
  }
};

constexpr size_t kTurnSize = 64;

// The time is that of one answer, in turns of 64.
void cached_answer(benchmark::State& state) {
  FilledCache filled(static_cast<uint32_t>(state.range(0)));
  NullRecorder recorder;
  NobodyUpstream upstream;
  NoSocket sink;
  forward::ReplyTo client;
  client.sink = &sink;
  testing::LoneTurn turn(recorder, filled.clock);
  forward::Forwarder forwarder({turn, filled.cache, recorder, upstream}, {});
  while (state.KeepRunningBatch(kTurnSize)) {
    for (size_t i = 0; i < kTurnSize; ++i) {
      forwarder.handle(filled.next_query(), client);
    }
    turn.finish();
  }
}
BENCHMARK(cached_answer)->ArgName("names")->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

// The same for a client that sends a cookie and is given one of ours.
void cached_answer_with_cookie(benchmark::State& state) {
  FilledCache filled(1'000);
  NullRecorder recorder;
  NobodyUpstream upstream;
  NoSocket sink;
  forward::ReplyTo client;
  client.sink = &sink;
  testing::LoneTurn turn(recorder, filled.clock);
  forward::Forwarder forwarder(
      {turn, filled.cache, recorder, upstream, nullptr, nullptr, SipKey{1, 2, 3}}, {});
  const std::string query = testing::with_cookie(testing::numbered_query(1), "12345678");
  while (state.KeepRunningBatch(kTurnSize)) {
    for (size_t i = 0; i < kTurnSize; ++i) {
      forwarder.handle(as_bytes(query), client);
    }
    turn.finish();
  }
}
BENCHMARK(cached_answer_with_cookie);

// Which upstreams a name of eight labels, below none of the zones, is for.
void group_of(benchmark::State& state) {
  std::vector<upstream::Route> routes;
  for (int64_t i = 0; i < state.range(0); ++i) {
    routes.push_back({DomainName::from_text("zone" + std::to_string(i) + ".example").value(), {}});
  }
  const upstream::Routes table(routes);
  const DomainName name = DomainName::from_text("a.b.c.d.www.shop.zone.example").value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.group_of(as_bytes(name.wire()), RecordType::kA));
  }
}
BENCHMARK(group_of)->ArgName("zones")->Arg(1)->Arg(32)->Arg(1'000);

}  // namespace
}  // namespace etymon

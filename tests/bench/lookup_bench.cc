// What a lookup costs in a store of a million deliveries, warm: address and client, as a firewall
// asks; and a listing beside as many that wait in memory.
#include <benchmark/benchmark.h>

#include "store/store_opener.h"
#include "tests/bench/open_store.h"
#include "tests/bench/store_workload.h"

namespace etymon::store {
namespace {

constexpr uint32_t kNames = 10'000;
constexpr uint32_t kClients = 200;
// Questions are about the popular names, which were delivered to most clients.
constexpr uint32_t kAskedNames = 500;

// All deliveries wait in memory: neither their number nor their age makes the store fold them.
Options never_folding() {
  Options options;
  options.tail_deliveries_max = 10'000'000;
  options.fold_after = Seconds(86'400);
  return options;
}

void ask(benchmark::State& state, OpenStore& open) {
  uint32_t n = 0;
  for (auto _ : state) {
    n = (n + 1) % kAskedNames;
    EvidenceQuery query;
    query.address = IpPrefix(numbered_answer(n).addresses.front().address);
    query.client = numbered_client(n % kClients);
    query.until = open.clock.wall();
    benchmark::DoNotOptimize(open.store->evidence(query));
  }
}

void fill(OpenStore& open) {
  MixedWorkload workload(*open.store, kNames, kClients);
  open.fill(1'000'000, [&](size_t) { return workload.next(open.clock.wall()); });
}

void lookup_in_tail(benchmark::State& state) {
  OpenStore open(never_folding());
  fill(open);
  ask(state, open);
}
BENCHMARK(lookup_in_tail)->Unit(benchmark::kMicrosecond);

void lookup_in_tables(benchmark::State& state) {
  OpenStore open;
  fill(open);
  static_cast<void>(open.store->fold());
  static_cast<void>(StoreOpener::compact(*open.store));
  ask(state, open);
}
BENCHMARK(lookup_in_tables)->Unit(benchmark::kMicrosecond);

// Who lists a minute reads what waits in memory, too, all of it: nothing there is in order.
void list(benchmark::State& state, const DeliveryQuery& wanted) {
  OpenStore open(never_folding());
  fill(open);
  DeliveryQuery query = wanted;
  query.span = {open.clock.wall() - Seconds(60), open.clock.wall()};
  query.limit = 100;
  for (auto _ : state) {
    benchmark::DoNotOptimize(open.store->deliveries(query));
  }
}

void listing_in_tail_by_client(benchmark::State& state) {
  DeliveryQuery query;
  query.client = numbered_client(7);
  list(state, query);
}
BENCHMARK(listing_in_tail_by_client)->Unit(benchmark::kMillisecond);

void listing_in_tail_by_name(benchmark::State& state) {
  DeliveryQuery query;
  query.name = numbered_answer(7).question.name;
  list(state, query);
}
BENCHMARK(listing_in_tail_by_name)->Unit(benchmark::kMillisecond);

void listing_in_tail_by_address(benchmark::State& state) {
  DeliveryQuery query;
  query.address = IpPrefix(numbered_answer(7).addresses.front().address);
  list(state, query);
}
BENCHMARK(listing_in_tail_by_address)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace etymon::store

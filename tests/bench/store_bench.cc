// What the store costs: processor time of a turn, time of a lookup, octets on disk.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>

#include "store/store_opener.h"
#include "tests/bench/store_workload.h"
#include "tests/support/fakes.h"

namespace etymon::store {
namespace {

struct OpenStore {
  explicit OpenStore(size_t tail = 1'000'000) {
    options.path = folder.path() + "/store";
    options.tail_deliveries_max = tail;
    options.record_wait = Milliseconds(1000);
    store = std::move(*Store::open(options, clock));
  }

  // `count` deliveries at 200 a second, in turns of 64, folded every five minutes.
  template <class Next>
  void fill(size_t count, Next next) {
    std::vector<Delivery> turn;
    for (size_t n = 0; n < count; ++n) {
      clock.advance(Microseconds(5000 + n % 7));
      turn.push_back(next(n));
      if (turn.size() == 64 || n + 1 == count) {
        if (store->record(turn) != Recorded::kYes) {
          std::abort();
        }
        turn.clear();
      }
    }
  }

  testing::TemporaryFolder folder;
  testing::ManualClock clock;
  Options options;
  std::unique_ptr<Store> store;
};

void commit_turn(benchmark::State& state) {
  OpenStore open;
  MixedWorkload workload(*open.store, 10'000, 200);
  const auto size = static_cast<size_t>(state.range(0));
  std::vector<Delivery> turn(size);
  for (auto _ : state) {
    state.PauseTiming();
    open.clock.advance(Milliseconds(5));
    for (Delivery& delivery : turn) {
      delivery = workload.next(open.clock.wall());
    }
    state.ResumeTiming();
    if (open.store->record(turn) != Recorded::kYes) {
      state.SkipWithError("lost");
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(commit_turn)->Arg(1)->Arg(64)->UseRealTime()->MeasureProcessCPUTime();

// Address and client, as a firewall asks; argument: 0 from the tail, 1 from the tables.
void lookup(benchmark::State& state) {
  OpenStore open;
  MixedWorkload workload(*open.store, 10'000, 200);
  open.fill(200'000, [&](size_t) { return workload.next(open.clock.wall()); });
  if (state.range(0) == 1) {
    static_cast<void>(open.store->fold());
    static_cast<void>(StoreOpener::compact(*open.store));
  }
  uint32_t n = 0;
  for (auto _ : state) {
    n = (n + 1) % 500;
    EvidenceQuery query;
    query.address = IpPrefix(numbered_answer(n).addresses.front().address);
    query.client = numbered_client(n % 200);
    query.until = open.clock.wall();
    benchmark::DoNotOptimize(open.store->evidence(query));
  }
}
BENCHMARK(lookup)->Arg(0)->Arg(1);

void report_size(benchmark::State& state, OpenStore& open, size_t count) {
  const auto before = std::chrono::steady_clock::now();
  static_cast<void>(open.store->fold());
  static_cast<void>(StoreOpener::compact(*open.store));
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - before;
  const auto deliveries = static_cast<double>(count);
  state.counters["bytes_per_delivery"] =
      static_cast<double>(open.store->statistics().disk_bytes) / deliveries;
  state.counters["last_fold_and_compaction_us_per_delivery"] = took.count() / deliveries;
}

void size_mixed(benchmark::State& state) {
  constexpr size_t kCount = 2'000'000;
  for (auto _ : state) {
    OpenStore open;
    MixedWorkload workload(*open.store, 10'000, 200);
    open.fill(kCount, [&](size_t) { return workload.next(open.clock.wall()); });
    report_size(state, open, kCount);
  }
}
BENCHMARK(size_mixed)->Iterations(1)->Unit(benchmark::kSecond)->MeasureProcessCPUTime();

void size_every_pair_new(benchmark::State& state) {
  constexpr size_t kCount = 1'000'000;
  for (auto _ : state) {
    OpenStore open;
    open.fill(kCount, [&](size_t n) {
      const auto number = static_cast<uint32_t>(n);
      return Delivery{open.clock.wall(), numbered_client(number % 200),
                      open.store->remember(numbered_answer(number)), 300};
    });
    report_size(state, open, kCount);
  }
}
BENCHMARK(size_every_pair_new)->Iterations(1)->Unit(benchmark::kSecond)->MeasureProcessCPUTime();

}  // namespace
}  // namespace etymon::store

BENCHMARK_MAIN();

// What writing to the store costs: processor time of a turn, octets on disk.
#include <benchmark/benchmark.h>

#include <chrono>

#include "store/store_opener.h"
#include "tests/bench/open_store.h"
#include "tests/bench/store_workload.h"

namespace etymon::store {
namespace {

// All threads' processor time, with the folds that the deliveries cause. The turns are made
// beforehand; only their times are set as they come.
void commit_turn(benchmark::State& state) {
  constexpr size_t kPrepared = 1'024;
  OpenStore open;
  MixedWorkload workload(*open.store, 10'000, 200);
  std::vector<std::vector<Delivery>> turns(kPrepared);
  for (auto& turn : turns) {
    for (int64_t i = 0; i < state.range(0); ++i) {
      turn.push_back(workload.next(open.clock.wall()));
    }
  }
  size_t n = 0;
  const auto record_next = [&] {
    open.clock.advance(Milliseconds(5));
    std::vector<Delivery>& turn = turns[++n % kPrepared];
    for (Delivery& delivery : turn) {
      delivery.at = open.clock.wall();
    }
    return open.store->record(turn) == Recorded::kYes;
  };
  while (n < kPrepared) {  // most answers are in the journal from here on
    record_next();
  }
  for (auto _ : state) {
    if (!record_next()) {
      state.SkipWithError("lost");
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(commit_turn)
    ->ArgName("answers")
    ->Arg(1)
    ->Arg(64)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

// An answer that the book knows already, and one that it has never seen.
void remember(benchmark::State& state) {
  OpenStore open;
  const bool fresh = state.range(0) == 1;
  std::vector<Answer> answers;
  for (uint32_t n = 0; n < 1'000; ++n) {
    answers.push_back(numbered_answer(n));
  }
  uint32_t n = 0;
  for (auto _ : state) {
    Answer& answer = answers[++n % answers.size()];
    answer.upstream.port = fresh ? static_cast<uint16_t>(n / answers.size()) : 53;
    benchmark::DoNotOptimize(open.store->remember(answer));
  }
}
BENCHMARK(remember)->ArgName("new")->Arg(0)->Arg(1)->Iterations(100'000);

uintmax_t bytes_in(const std::string& folder) {
  uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    bytes += file.is_regular_file() ? file.file_size() : 0;
  }
  return bytes;
}

void report_size(benchmark::State& state, OpenStore& open, size_t count) {
  const auto before = std::chrono::steady_clock::now();
  static_cast<void>(open.store->fold());
  static_cast<void>(StoreOpener::compact(*open.store));
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - before;
  const auto deliveries = static_cast<double>(count);
  // Apart: the tables grow with what is kept, the journal holds what is not folded, within a bound.
  state.counters["table_bytes_per_delivery"] =
      static_cast<double>(bytes_in(open.folder.path() + "/store/tables")) / deliveries;
  state.counters["journal_bytes"] =
      static_cast<double>(bytes_in(open.folder.path() + "/store/journal"));
  state.counters["last_fold_and_compaction_us_per_delivery"] = took.count() / deliveries;
}

void size_mixed(benchmark::State& state) {
  constexpr size_t kCount = 1'000'000;
  for (auto _ : state) {
    OpenStore open;
    MixedWorkload workload(*open.store, 10'000, 200);
    open.fill(kCount, [&](size_t) { return workload.next(open.clock.wall()); });
    report_size(state, open, kCount);
  }
}
BENCHMARK(size_mixed)->Iterations(1)->Unit(benchmark::kSecond)->MeasureProcessCPUTime();

void size_every_pair_new(benchmark::State& state) {
  constexpr size_t kCount = 250'000;
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

// bench_parts: runs the benchmarks of the parts and prints one line for each. Takes the options of
// Google Benchmark.
#include <benchmark/benchmark.h>

#include <cstdio>

namespace etymon::bench {
namespace {

// What a reader wants to compare: the processor time of one call, and what else was counted.
class TableReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override {
    std::printf("%-48s %12s\n", "part", "time a call");
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      print(run);
    }
    std::fflush(stdout);
  }

 private:
  static void print(const Run& run) {
    const std::string name =
        run.run_name.function_name + (run.run_name.args.empty() ? "" : "/") + run.run_name.args;
    if (run.error_occurred) {
      std::printf("%-48s failed: %s\n", name.c_str(), run.error_message.c_str());
      return;
    }
    std::printf("%-48s %9.4g %-2s", name.c_str(), run.GetAdjustedCPUTime(),
                benchmark::GetTimeUnitString(run.time_unit));
    for (const auto& [counter, value] : run.counters) {
      std::printf("  %s %.4g", counter.c_str(), value.value);
    }
    std::printf("\n");
  }
};

}  // namespace
}  // namespace etymon::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  etymon::bench::TableReporter table;
  benchmark::RunSpecifiedBenchmarks(&table);
  return 0;
}

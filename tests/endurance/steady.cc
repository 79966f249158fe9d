// The daemon at half of what it can do, for as many minutes as there are rounds: it loses
// nothing, answers in time, and takes no more memory and no more descriptors at the end than it did
// once it was warm.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "resolver/base/clock.h"
#include "tests/bench/load.h"
#include "tests/bench/numbered_upstream.h"
#include "tests/endurance/rounds.h"
#include "tests/integration/etymond.h"

namespace etymon::endurance {
namespace {

// Cached and fresh: each name goes upstream twice a minute. Not all of them at once: names of one
// TTL, first asked for within a second, would all be asked for anew within one, and what was
// measured would be that second, in which every answer is a fresh one.
constexpr bench::Asking kAsking = {.names = 100'000, .clients = 200};
constexpr testing::NumberedTtls kTtls = {.shortest = 15, .longest = 45};
constexpr Seconds kRound{60};
// Folds and compactions are part of what it can do, and fall behind at first.
constexpr Seconds kFallingBehind{40};
constexpr Seconds kPeakTime{20};
// The tail fills and is folded several times a minute, so what counts is the most of each minute.
// In the first ones caches and tail grow to their bounds.
constexpr size_t kWarmingUp = 3;
// Beyond noise. Four octets that are left behind by each ten answers show within ten minutes.
constexpr double kGrowthMib = 16;
constexpr size_t kMoreDescriptors = 128;  // files of the tables that wait for a compaction
constexpr uint32_t kLateUs = 50'000;

double resident_mib(pid_t process) {
  size_t total = 0;
  size_t resident = 0;
  std::ifstream("/proc/" + std::to_string(process) + "/statm") >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

size_t descriptors(pid_t process) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(process) + "/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

// What the daemon took in one minute, at most.
struct Minute {
  double resident_mib = 0;
  size_t descriptors = 0;
};

class Steady {
 public:
  explicit Steady(const Rounds& rounds) : rounds_(rounds) {
    daemon_ = std::make_unique<testing::Etymond>(std::vector{upstream_.address()});
  }

  int run() {
    bench::Load load(daemon_->port(), kAsking);
    load.ask_each_name_once();
    load.saturate(kFallingBehind);
    const double peak = load.saturate(kPeakTime).per_second();
    std::printf("at most %.0f answers a second\n", peak);
    const Microseconds period(std::lround(2e6 / peak));
    for (uint64_t round = 0; round < rounds_.count; ++round) {
      pass_minute(load, period);
    }
    look_for_growth();
    if (const uint64_t lost = testing::count_in(daemon_->status().at("deliveries"), "lost")) {
      report_.find(std::to_string(lost) + " deliveries were not recorded");
    }
    return report_.end();
  }

 private:
  void pass_minute(bench::Load& load, Microseconds period) {
    Minute minute;
    MonotonicTime look_at = clock_.monotonic();
    const bench::Beside look{.step = [&] {
      if (const MonotonicTime now = clock_.monotonic(); now >= look_at) {
        look_at = now + Seconds(1);
        minute.resident_mib = std::max(minute.resident_mib, resident_mib(daemon_->process()));
        minute.descriptors = std::max(minute.descriptors, descriptors(daemon_->process()));
      }
    }};
    const bench::LoadResult result = load.ask_every(period, kRound, look);
    minutes_.push_back(minute);
    report_.count("answers", result.answered);
    report_.raise("us at p99 in the worst minute", result.p99_us);
    std::printf("minute %zu: %.0f answers a second, p99 %u us, %.1f MiB, %zu descriptors\n",
                minutes_.size(), result.per_second(), result.p99_us, minute.resident_mib,
                minute.descriptors);
    std::fflush(stdout);
    if (result.lost + result.servfail > 0) {
      report_.find(std::to_string(result.lost) + " questions had no answer, " +
                   std::to_string(result.servfail) + " a SERVFAIL");
    }
    if (result.p99_us > kLateUs) {
      report_.find("one answer of a hundred took " + std::to_string(result.p99_us) + " us");
    }
  }

  void look_for_growth() {
    if (minutes_.size() <= kWarmingUp) {
      return;
    }
    const Minute& warm = minutes_[kWarmingUp - 1];
    const Minute& last = minutes_.back();
    if (last.resident_mib > warm.resident_mib + kGrowthMib) {
      report_.find("memory grew from " + std::to_string(warm.resident_mib) + " to " +
                   std::to_string(last.resident_mib) + " MiB");
    }
    if (last.descriptors > warm.descriptors + kMoreDescriptors) {
      report_.find("descriptors grew from " + std::to_string(warm.descriptors) + " to " +
                   std::to_string(last.descriptors));
    }
  }

  const Rounds rounds_;
  const SystemClock clock_;
  bench::NumberedUpstream upstream_{kTtls};
  std::unique_ptr<testing::Etymond> daemon_;
  std::vector<Minute> minutes_;
  Report report_{"steady load"};
};

}  // namespace

int run_steady(const Rounds& rounds) {
  return Steady(rounds).run();
}

}  // namespace etymon::endurance

#include "tests/bench/history_restart.h"

#include <unistd.h>
#include <csignal>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "store/store.h"
#include "tests/bench/history_run.h"
#include "tests/support/fakes.h"
#include "tests/support/process.h"

namespace etymon::bench {
namespace {

constexpr WallTime kAfterHistory = kHistoryStart + std::chrono::days(10'000);
constexpr double kPerSecond = 10'000;  // a busy server; of a calm one the tail is never full
constexpr size_t kTurn = 32;
constexpr std::chrono::minutes kFillingMax{10};

std::unique_ptr<store::Store> open_store(const std::string& folder, const Clock& clock) {
  store::Options options;
  options.path = folder;
  options.record_wait = Milliseconds(1000);
  auto opened = store::Store::open(options, clock);
  if (!opened) {
    throw std::runtime_error(opened.error().message);
  }
  return std::move(*opened);
}

// As much as the tail takes before it is folded, less a little; where answers are new, fewer.
size_t tail_room() {
  return store::Options().tail_deliveries_max / 100 * 99;
}

void await(const std::string& word, testing::Process& child) {
  const auto end = std::chrono::steady_clock::now() + kFillingMax;
  while (child.out().find(word) == std::string::npos) {
    if (!child.is_running() || std::chrono::steady_clock::now() > end) {
      throw std::runtime_error("the tail could not be filled: " + child.err());
    }
    std::this_thread::sleep_for(Milliseconds(20));
  }
}

}  // namespace

int fill_tail(const std::string& folder, const std::string& work) {
  testing::ManualClock clock(kAfterHistory);
  const auto store = open_store(folder, clock);
  const auto workload = workload_of(work);
  Pace pace(kAfterHistory, kPerSecond);
  std::vector<Delivery> turn;
  for (size_t n = tail_room(); n > 0; --n) {
    const Told told = workload->next(pace.next());
    turn.push_back({told.at, told.client, store->remember(workload->answer(told.answer)),
                    told.validity_s, told.origin});
    if (turn.size() == kTurn || n == 1) {
      clock.set_wall(told.at);
      if (store->record(turn) != Recorded::kYes) {
        break;  // Full by its memory, of which new answers take more than they are folded in.
      }
      turn.clear();
    }
  }
  std::puts("full");
  std::fflush(stdout);
  while (true) {
    ::pause();
  }
}

nlohmann::json measure_restart(const std::string& folder, const std::string& work) {
  {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    testing::Process child({self, kFillTail, folder, work});
    await("full", child);
    child.send(SIGKILL);
    child.wait();
  }
  const testing::ManualClock clock(kAfterHistory + std::chrono::days(1));
  const auto begin = std::chrono::steady_clock::now();
  const auto store = open_store(folder, clock);
  const double opened =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  store::EvidenceQuery query;
  query.address = IpPrefix(store::numbered_answer(0).addresses.front().address);
  query.client = store::numbered_client(0);
  query.until = clock.wall();
  const bool found = store->evidence(query).ok();
  const double answered =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!found) {
    throw std::runtime_error("the store cannot be read after the start");
  }
  return {{"work", work},
          {"tail_deliveries", store->statistics().tail_deliveries},
          {"open_seconds", opened},
          {"first_lookup_seconds", answered}};
}

}  // namespace etymon::bench

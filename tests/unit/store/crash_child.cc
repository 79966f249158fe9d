// Records deliveries in the folder it is given until somebody kills it; or records some, forgets
// half of them and waits for that; or does a little of all that a store does to its disk, and dies
// before the Nth call to it.
//
// usage: store_crash_child FOLDER [forget | N]
#include "tests/unit/store/crash_child.h"
#include "tests/support/covered_import.h"

#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "resolver/base/clock.h"
#include "store/store_opener.h"
#include "tests/unit/store/faulty_disk.h"

namespace etymon::store {
namespace {

int record_for_ever(const std::string& folder) {
  Progress* const progress = map_progress(folder);
  const SystemClock clock;
  const auto store = Store::open(crash_options(folder), clock);
  if (progress == nullptr || !store) {
    return 1;
  }
  while (true) {
    std::vector<Delivery> turn;
    const uint64_t first = progress->begun;
    const uint64_t count = 1 + first % 40;
    for (uint64_t n = first; n < first + count; ++n) {
      turn.push_back({clock.wall(), ip("10.0.0.1"), (*store)->remember(answer_number(n)), 300});
    }
    progress->begun += count;
    if ((*store)->record(turn) != Recorded::kYes) {
      return 1;
    }
    progress->acknowledged += count;
  }
}

// Kept for so long; an import from before that is let go.
constexpr Seconds kKept = std::chrono::hours(48);

bool record_some(Store& store, const Clock& clock, Progress& progress) {
  for (int turn = 0; turn < 3; ++turn) {
    const uint64_t n = progress.begun++;
    if (deliver(store, answer_number(n), "10.0.0.1", clock.wall()) != Recorded::kYes) {
      return false;
    }
    ++progress.acknowledged;
  }
  return true;
}

bool import_old(Store& store, const Clock& clock) {
  const std::vector<Observed> old = {
      {clock.wall() - 2 * kKept, ip("10.0.0.1"), answer_of("old.example", {"192.0.2.9"}), 60}};
  return import_covered(store, old, {old[0].at, old[0].at + Seconds(60)}).ok();
}

bool do_a_little_of_all(Store& store, const Clock& clock, Progress& progress,
                        const std::string& folder) {
  const auto record = [&] { return record_some(store, clock, progress); };
  return record() && import_old(store, clock) && store.fold().ok() && record() &&
         store.fold().ok() && record() && StoreOpener::clear_journal(store).ok() &&
         store.backup(folder + "/backup").ok() && record() &&
         store.change_retention({.keep = kKept}).ok() && (StoreOpener::let_go(store), true) &&
         StoreOpener::compact(store).ok() && record() && store.close().ok();
}

int die_before_call(const std::string& folder, int n) {
  Progress* const progress = map_progress(folder);
  const SystemClock clock;
  FaultyDisk disk;
  disk.set(FaultyDisk::Fault::kKill, folder, n);
  const auto store = StoreOpener::open(crash_options(folder), clock, disk.env());
  const bool done =
      progress != nullptr && store && do_a_little_of_all(**store, clock, *progress, folder);
  return done ? 0 : 1;
}

int forget_half(const std::string& folder) {
  Progress* const progress = map_progress(folder);
  const SystemClock clock;
  Options options = crash_options(folder);
  options.on_forget = [progress](const ForgetNews& news) {
    progress->begun += news.stage == ForgetNews::Stage::kBegun ? 1 : 0;
  };
  const auto store = Store::open(options, clock);
  if (progress == nullptr || !store || !StoreOpener::write_plainly(**store)) {
    return 1;
  }
  for (uint64_t n = 0; n < 2 * kForgottenByChild; ++n) {
    const Answer answer = n % 2 == 0 ? secret_number(n) : answer_number(n);
    if (deliver(**store, answer, "10.0.0.1", clock.wall()) != Recorded::kYes) {
      return 1;
    }
  }
  const auto forgotten = (*store)->forget({secret_names(), ForgetMode::kForget, "somebody"});
  progress->acknowledged += forgotten ? 1 : 0;
  pause();
  return 1;
}

}  // namespace
}  // namespace etymon::store

int main(int count, char** arguments) {
  if (count == 2) {
    return etymon::store::record_for_ever(arguments[1]);
  }
  if (count != 3) {
    return 2;
  }
  return std::string_view(arguments[2]) == "forget"
             ? etymon::store::forget_half(arguments[1])
             : etymon::store::die_before_call(arguments[1], std::stoi(arguments[2]));
}

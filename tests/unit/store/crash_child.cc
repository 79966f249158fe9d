// Records deliveries in the folder it is given until somebody kills it; or records some, forgets
// half of them and waits for that.
//
// usage: store_crash_child FOLDER [forget]
#include "tests/unit/store/crash_child.h"

#include <unistd.h>

#include <string_view>
#include <vector>

#include "resolver/base/clock.h"
#include "store/store_opener.h"

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
  const bool forgets = count == 3 && std::string_view(arguments[2]) == "forget";
  if (!forgets && count != 2) {
    return 2;
  }
  return forgets ? etymon::store::forget_half(arguments[1])
                 : etymon::store::record_for_ever(arguments[1]);
}

// Records deliveries in the folder it is given until somebody kills it.
//
// usage: store_crash_child FOLDER
#include "tests/unit/store/crash_child.h"

#include <vector>

#include "resolver/base/clock.h"

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

}  // namespace
}  // namespace etymon::store

int main(int count, char** arguments) {
  return count == 2 ? etymon::store::record_for_ever(arguments[1]) : 2;
}

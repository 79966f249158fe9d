// OpenStore: a store in a folder of its own that goes away with it, and a clock to fill it by.
#pragma once

#include <cstdlib>
#include <memory>
#include <vector>

#include "store/store.h"
#include "tests/support/fakes.h"

namespace etymon::store {

struct OpenStore {
  explicit OpenStore(const Options& base = {}) : options(base) {
    options.path = folder.path() + "/store";
    options.record_wait = Milliseconds(1000);  // a busy machine is no reason to lose a turn
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

}  // namespace etymon::store

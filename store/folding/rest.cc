#include "store/folding/rest.h"

#include <algorithm>
#include <utility>

namespace etymon::store {

Rest::Rest(Parts parts) : parts_(std::move(parts)) {
  note_fold();
}

void Rest::note_fold() {
  look_at_ = parts_.clock.monotonic() + kQuietFor;
  again_after_ = kAgainFirst;
  is_at_rest_ = false;
}

void Rest::step() {
  const MonotonicTime now = parts_.clock.monotonic();
  if (is_at_rest_ || now < look_at_) {
    return;
  }
  is_at_rest_ = true;
  for (size_t i = 0; i < kTableCount; ++i) {
    const auto table = static_cast<Table>(i);
    if (parts_.restless_share(table) > kShare) {
      parts_.bring_to_rest(table);
      is_at_rest_ = false;
    }
  }
  look_at_ = now + again_after_;
  again_after_ = std::min(2 * again_after_, kAgainMax);
}

}  // namespace etymon::store

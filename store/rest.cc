#include "store/rest.h"

#include <utility>

namespace etymon::store {

Rest::Rest(Parts parts) : parts_(std::move(parts)), quiet_since_(parts_.clock.monotonic()) {}

void Rest::note_fold() {
  quiet_since_ = parts_.clock.monotonic();
}

void Rest::step() {
  if (parts_.clock.monotonic() - quiet_since_ < kQuietFor) {
    return;
  }
  for (size_t i = 0; i < kTableCount; ++i) {
    const auto table = static_cast<Table>(i);
    if (parts_.restless_share(table) > kShare) {
      parts_.bring_to_rest(table);
    }
  }
}

}  // namespace etymon::store

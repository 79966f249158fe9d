#include "resolver/upstream/budget.h"

namespace etymon::upstream {
namespace {

size_t way_of(Path path, Edns edns) {
  return (path == Path::kStream ? 2U : 0U) + (edns == Edns::kNo ? 1U : 0U);
}

}  // namespace

void Budget::allow_way(Path path, Edns edns) {
  const size_t way = way_of(path, edns);
  if (left_ == 0 && !ways_allowed_[way]) {
    ways_allowed_.set(way);
    left_ = 1;
  }
}

void Budget::move() {
  --moves_left_;
  ++left_;
}

}  // namespace etymon::upstream

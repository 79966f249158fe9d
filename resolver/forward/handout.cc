#include "resolver/forward/handout.h"

#include <algorithm>

namespace etymon::forward {
namespace {

// An answer that is put together for one client takes up to a millisecond, however small it is.
constexpr size_t kCostOfMade = Handout::kTurnShare / 16;

}  // namespace

Handout Handout::of_kept(const cache::Hit& hit, MonotonicTime now) {
  const wire::StoredView& response = hit.answer.response;
  return {.since = now,
          .stored = {.message = std::string(as_text(response.message)),
                     .ttl_offsets = {response.ttl_offsets.begin(), response.ttl_offsets.end()},
                     .additional_at = response.additional_at},
          .withheld = {hit.answer.withheld.begin(), hit.answer.withheld.end()},
          .hit = hit};
}

size_t Handout::next_cost() const {
  const Waiter& next = waiters[served];
  const bool is_made = next.alias != nullptr || next.translation.step != Translation::Step::kNone;
  return is_made ? kCostOfMade : std::min(next.shape.size_limit, stored.message.size());
}

cache::Hit Handout::hit_at(MonotonicTime now) const {
  cache::Hit at = hit;
  at.answer.response = stored.view();
  at.answer.withheld = withheld;
  at.age_s += static_cast<uint32_t>(std::chrono::floor<Seconds>(now - since).count());
  return at;
}

}  // namespace etymon::forward

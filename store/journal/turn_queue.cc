#include "store/journal/turn_queue.h"

#include <algorithm>

namespace etymon::store {
namespace {

void settle(std::vector<RecordTicket*>& tickets, Recorded outcome) {
  for (RecordTicket* ticket : tickets) {
    ticket->outcome = outcome;
  }
  tickets.clear();
}

// The span that holds both; either may be missing.
std::optional<TimeSpan> joined(const std::optional<TimeSpan>& a, const std::optional<TimeSpan>& b) {
  if (!a || !b) {
    return a ? a : b;
  }
  return TimeSpan{std::min(a->start, b->start), std::max(a->end, b->end)};
}

}  // namespace

void TurnQueue::add(std::span<const Delivery> turn, RecordTicket& ticket) {
  deliveries_.insert(deliveries_.end(), turn.begin(), turn.end());
  waiting_.push_back(&ticket);
  waiting_span_ = joined(waiting_span_, span_of(turn));
}

bool TurnQueue::holds(const RecordTicket& ticket) const {
  const auto is_it = [&](const RecordTicket* other) { return other == &ticket; };
  return std::ranges::any_of(waiting_, is_it) || std::ranges::any_of(taken_, is_it);
}

void TurnQueue::take(std::vector<Delivery>& into) {
  into.clear();
  into.swap(deliveries_);
  taken_.swap(waiting_);
  taken_deliveries_ = into.size();
  taken_span_ = std::exchange(waiting_span_, std::nullopt);
}

size_t TurnQueue::confirm() {
  settle(taken_, Recorded::kYes);
  taken_span_.reset();
  return std::exchange(taken_deliveries_, 0);
}

TurnQueue::Loss TurnQueue::give_up() {
  const Loss loss{deliveries_.size() + taken_deliveries_, joined(waiting_span_, taken_span_)};
  settle(waiting_, Recorded::kLost);
  settle(taken_, Recorded::kLost);
  deliveries_.clear();
  taken_deliveries_ = 0;
  waiting_span_.reset();
  taken_span_.reset();
  return loss;
}

TimeSpan span_of(std::span<const Delivery> turn) {
  const auto [first, last] = std::ranges::minmax_element(turn, {}, &Delivery::at);
  return {first->at, last->at};
}

}  // namespace etymon::store

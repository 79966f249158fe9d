#include "resolver/forward/turn.h"

#include <cassert>

namespace etymon::forward {

Turn::Turn(Recorder& recorder, const Clock& clock) : recorder_(recorder), clock_(clock) {}

const TurnTime& Turn::now() {
  if (!now_) {
    now_ = TurnTime{clock_.wall(), clock_.monotonic()};
  }
  return *now_;
}

uint8_t* Turn::room(size_t size) {
  assert(size <= wire::kMessageMax);
  if (kBlockSize - used_ < size) {
    blocks_.push_back(std::make_unique<uint8_t[]>(kBlockSize));
    used_ = 0;
  }
  return blocks_.back().get() + used_;
}

void Turn::commit(const ReplyTo& to, size_t size, const std::optional<Delivery>& delivery) {
  if (to.transport != Transport::kUdp && !to.sink->takes(to)) {
    return;
  }
  outgoing_.push_back({to, ByteView(blocks_.back().get() + used_, size)});
  used_ += size;
  if (delivery) {
    deliveries_.push_back(*delivery);
  }
}

void Turn::finish() {
  take(taken_);
  if (!outgoing_.empty()) {
    // The recorder itself counts what it could not take and marks the gap; the answers leave
    // anyway.
    (void)recorder_.record(taken_);
  }
  send();
}

void Turn::take(std::vector<Delivery>& into) {
  now_.reset();
  delivered_ += deliveries_.size();
  into.clear();
  into.swap(deliveries_);
}

void Turn::send() {
  if (outgoing_.empty()) {
    return;
  }
  send_to_sinks();
  answers_ += outgoing_.size();
  outgoing_.clear();
  blocks_.resize(1);
  used_ = 0;
}

void Turn::send_to_sinks() {
  const std::span<const Outgoing> all(outgoing_);
  for (size_t begin = 0; begin < all.size();) {
    size_t end = begin + 1;
    while (end < all.size() && all[end].to.sink == all[begin].to.sink) {
      ++end;
    }
    all[begin].to.sink->send(all.subspan(begin, end - begin));
    begin = end;
  }
}

}  // namespace etymon::forward

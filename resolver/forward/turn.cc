#include "resolver/forward/turn.h"

#include <cassert>

namespace etymon::forward {

Turn::Turn(Recorder& recorder, const Clock& clock, Relay& relay)
    : recorder_(recorder), clock_(clock), relay_(relay) {}

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

Turn::Ended Turn::finish(Relay::Runner me) {
  Recording& recording = recordings_[me];
  take_into(recording);
  if (!recording.deliveries.empty()) {
    const uint64_t entering = relay_.enter();
    static_cast<void>(recorder_.record(recording.deliveries, recording.ticket));
    if (!relay_.leave(entering)) {
      return Ended::kByWhoTookOver;
    }
  }
  send();
  return Ended::kByWhoRecorded;
}

void Turn::take_over(Relay::Runner stuck) {
  Recording& recording = recordings_[stuck];
  static_cast<void>(recorder_.give_up(recording.deliveries, recording.ticket));
  send();
}

// The recording's old buffer becomes the turn's next one.
void Turn::take_into(Recording& recording) {
  now_.reset();
  delivered_ += deliveries_.size();
  recording.ticket = {};
  recording.deliveries.clear();
  recording.deliveries.swap(deliveries_);
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

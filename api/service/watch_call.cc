#include "api/service/watch_call.h"

#include <algorithm>
#include <utility>

#include "api/service/listings.h"
#include "api/service/patience.h"
#include "store/attribution/set_back_clock.h"

namespace etymon::service {
namespace {

// Deliveries of the past read at a time, as for an export: without a condition that an index has,
// each page reads its hour as a whole.
constexpr size_t kPage = 10'000;
constexpr size_t kTaken = 1000;              // of what was heard, looked at in one go
constexpr size_t kMessageBytes = 256 << 10;  // a message has little more
constexpr size_t kGapsMax = 1000;            // of the time since an earlier stream

// The latest time of what was recorded before a listener joined, which was told that so much had
// been published. What earlier processes recorded ended with a part of the coverage.
WallTime last_unheard(const std::optional<WallTime>& published, const Coverage& coverage) {
  WallTime last = published.value_or(WallTime());
  for (const CoverageInterval& interval : coverage.intervals()) {
    if (!interval.is_imported()) {
      const bool is_live = interval.ended == CoverageEdge::kNow;
      last = std::max(last, is_live ? interval.span.start : interval.span.end);
    }
  }
  return last;
}

// Those of one microsecond as a listing has them: whoever resumes behind one of them is told those
// that come behind it there.
void order_microseconds(std::span<store::RecordedDelivery> found) {
  for (auto first = found.begin(); first != found.end();) {
    const auto differs = [at = first->sighting.at](const auto& one) {
      return one.sighting.at != at;
    };
    const auto end = std::find_if(first, found.end(), differs);
    std::sort(first, end, [](const auto& a, const auto& b) { return a.tie < b.tie; });
    first = end;
  }
}

}  // namespace

WatchCall::WatchCall(const Parts& parts, StreamPlaces::Place place, const v1::WatchRequest& request,
                     WallTime now)
    : parts_(parts),
      open_(std::move(place)),
      phase_(std::make_shared<SharedPhase>(Phase::kBusy)),
      stall_(parts.context, parts.desk.stall_time(), [this] { give_up(); }),
      stint_(parts.desk.stint()) {
  if (const auto failure = begin(request, now)) {
    end(to_status(*failure));
  } else {
    write();
  }
}

std::optional<Failure> WatchCall::begin(const v1::WatchRequest& request, WallTime now) {
  auto wanted = read_watch_order(request, now);
  if (auto* failure = std::get_if<Failure>(&wanted)) {
    return std::move(*failure);
  }
  auto& order = std::get<WatchOrder>(wanted);
  query_ = std::move(order.query);
  query_.others = parts_.others;
  query_.limit = kPage;
  seal_ = order.seal;
  place_ = order.place;
  // The phase outlives the call; only who finds it idle may touch the call.
  listener_ = std::make_shared<Feed::Listener>([this, phase = phase_] { wake(*phase); });
  const Coverage before = parts_.store.coverage();  // What ends or begins from now on is heard.
  const auto published = parts_.feed.join(listener_);
  query_.span.end = last_unheard(published, before);
  if (order.resumes) {
    const Coverage joined = parts_.store.coverage();
    step_back(joined);  // also for a step that came before it joined
    gaps_ = gaps_since(joined, place_.at, kGapsMax);
    in_the_past_ = place_.at <= query_.span.end;
  }
  told_place_ = place_;
  return std::nullopt;
}

// When the clock was set back, what was told since bears earlier times than what was told before:
// where the clock showed the place's time twice, nobody can say on which side of that it was left.
void WatchCall::step_back(const Coverage& coverage) {
  if (const auto since = attribution::set_back_to(coverage, place_.at)) {
    place_ = {*since, 0, 0};
  }
}

void WatchCall::wake(SharedPhase& phase) {
  {
    auto now = phase.lock();
    if (*now != Phase::kIdle) {
      *now = *now == Phase::kBusy ? Phase::kWoken : *now;
      return;
    }
    *now = Phase::kBusy;
  }
  go_on_later();
}

// Where others who read the past have to wait their turn; who hears of the present waits for none
// of them.
void WatchCall::go_on_later() {
  if (in_the_past_) {
    parts_.desk.post_page(parts_.caller, [this] { go_on(); });
  } else {
    parts_.desk.post_live([this] { go_on(); });
  }
}

void WatchCall::OnCancel() {
  stop_.request_stop();
  {
    auto now = phase_->lock();
    if (*now != Phase::kIdle) {
      return;  // Whoever is busy will see it.
    }
    *now = Phase::kBusy;
  }
  end(grpc::Status::CANCELLED);
}

void WatchCall::OnWriteDone(bool ok) {
  if (!stall_.disarm()) {
    return;
  }
  if (!ok) {
    return end(grpc::Status::CANCELLED);
  }
  go_on_later();
}

// Tells what is ready, or looks for more until something is or there is nothing. Of the past one
// page at a time: each may take as long as reading may, and others wait.
void WatchCall::go_on() {
  while (told_ == ready_.size() && gaps_.empty()) {
    if (stop_.stop_requested()) {
      return end(grpc::Status::CANCELLED);
    }
    ready_.clear();
    told_ = 0;
    const bool was_past = in_the_past_;
    const auto found = look();
    if (const auto* failure = std::get_if<Failure>(&found)) {
      return end(to_status(*failure));
    }
    if (std::get<Look>(found) == Look::kNothing) {
      return rest();
    }
    if (was_past && ready_.empty()) {
      return go_on_later();
    }
  }
  write();
}

Outcome<WatchCall::Look> WatchCall::look() {
  if (in_the_past_) {
    return look_back();
  }
  if (!overflow_) {
    return look_now();
  }
  Failure failure{google::rpc::RESOURCE_EXHAUSTED,
                  "WATCH_TOO_SLOW",
                  {},
                  "deliveries came faster than they were read; resume_token says where to go on"};
  failure.resume_token = write_token(told_place_, seal_);
  return failure;
}

Outcome<WatchCall::Look> WatchCall::look_back() {
  Patience patience(stint_.time());
  const std::stop_callback end(stop_.get_token(), [&patience] { patience.end(); });
  query_.from = place_;
  query_.should_stop = [stop = patience.token()] { return stop.stop_requested(); };
  const auto page = parts_.store.page(query_);
  if (!page && !stop_.stop_requested() && stint_.lengthen_after(page.error())) {
    return Look::kMore;
  }
  if (!page) {
    return from_reading(page.error());
  }
  stint_.shorten();
  std::ranges::for_each(page->deliveries, [this](const auto& delivery) { pass(delivery); });
  in_the_past_ = page->next.has_value();
  place_ = page->next.value_or(place_);
  return Look::kMore;
}

Outcome<WatchCall::Look> WatchCall::look_now() {
  const Feed::Listener::Taken heard = listener_->take(kTaken);
  overflow_ = heard.overflow;
  gaps_.insert(gaps_.end(), heard.gaps.begin(), heard.gaps.end());
  std::vector<store::RecordedDelivery> found;
  for (const Delivery& one : heard.deliveries) {
    auto delivery = parts_.store.recorded(one);
    if (!delivery) {
      return from_store(delivery.error());
    }
    found.push_back(std::move(*delivery));
  }
  order_microseconds(found);
  std::ranges::for_each(found, [this](const auto& delivery) { pass(delivery); });
  const bool is_empty = found.empty() && gaps_.empty() && !overflow_;
  return is_empty ? Look::kNothing : Look::kMore;
}

// Where more are alike than a place can count, those beyond are told again to who resumes there.
void WatchCall::pass(const store::RecordedDelivery& delivery) {
  const bool is_alike = delivery.sighting.at == place_.at && delivery.tie == place_.tie;
  const uint32_t given = is_alike ? place_.given + 1 : 1;
  place_ = {delivery.sighting.at, delivery.tie, std::min(given, store::ListingPosition::kGivenMax)};
  if (delivery.sighting.origin != Origin::kImport && is_wanted(delivery, query_)) {
    ready_.push_back({delivery, place_});
  }
}

void WatchCall::write() {
  if (const auto failure = parts_.door.refusal_now(parts_.context, parts_.errand)) {
    return end(to_status(*failure));
  }
  message_.Clear();
  for (const TimeSpan& gap : std::exchange(gaps_, {})) {
    *message_.add_gaps() = write_span(gap);
  }
  for (size_t bytes = 0; told_ < ready_.size() && bytes < kMessageBytes; ++told_) {
    v1::ObservedDelivery& delivery = *message_.add_deliveries();
    delivery = write_delivery(ready_[told_].delivery);
    bytes += delivery.ByteSizeLong();
    told_place_ = ready_[told_].place;
  }
  message_.set_resume_token(write_token(told_place_, seal_));
  stall_.arm();
  StartWrite(&message_);
}

// Until wake(), or at once again when that came meanwhile.
void WatchCall::rest() {
  {
    auto now = phase_->lock();
    if (*now == Phase::kBusy && !stop_.stop_requested()) {
      *now = Phase::kIdle;
      return;
    }
    *now = Phase::kBusy;
  }
  if (stop_.stop_requested()) {
    end(grpc::Status::CANCELLED);
  } else {
    go_on_later();
  }
}

// While a write is under way.
void WatchCall::give_up() {
  listener_.reset();
  end(to_status(client_stalled()));
}

// Others may have the place before the caller can know of the end, or does not take it.
void WatchCall::end(const grpc::Status& status) {
  open_.reset();
  *phase_->lock() = Phase::kEnded;
  Finish(status);
}

}  // namespace etymon::service

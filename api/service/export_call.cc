#include "api/service/export_call.h"

#include <algorithm>
#include <utility>

#include "api/service/listings.h"
#include "api/service/patience.h"

namespace etymon::service {
namespace {

constexpr uint64_t kPage = 10'000;           // deliveries in memory
constexpr size_t kMessageBytes = 256 << 10;  // a message has little more
constexpr size_t kSpansMax = 10'000;         // of coverage

}  // namespace

ExportCall::ExportCall(const Parts& parts, StreamPlaces::Place place,
                       const v1::ExportRequest& request, WallTime now)
    : parts_(parts),
      stall_(parts.context, parts.desk.stall_time(), [this] { give_up(); }),
      stint_(parts.desk.stint()),
      open_(std::move(place)) {
  if (const auto failure = begin(request, now)) {
    end(to_status(*failure));
  } else {
    read_later();
  }
}

std::optional<Failure> ExportCall::begin(const v1::ExportRequest& request, WallTime now) {
  auto filter = read_filter(request.filter(), now);
  if (auto* failure = std::get_if<Failure>(&filter)) {
    return std::move(*failure);
  }
  query_ = std::move(std::get<store::DeliveryQuery>(filter));
  query_.others = parts_.others;
  const auto order = read_order(request.order(), store::ListingOrder::kOldestFirst);
  if (const auto* failure = std::get_if<Failure>(&order)) {
    return *failure;
  }
  query_.order = std::get<store::ListingOrder>(order);
  if (request.limit() > 0) {
    left_ = request.limit();
  } else if (wants_all(query_)) {
    covered_ = covered_until(now - kOnItsWayMax);
  }
  return std::nullopt;
}

std::vector<TimeSpan> ExportCall::covered_until(WallTime moment) const {
  const TimeSpan span{query_.span.start, std::min(query_.span.end, moment)};
  return span.start <= span.end ? covered_within(parts_.store.coverage(), {&span, 1}, kSpansMax)
                                : std::vector<TimeSpan>();
}

void ExportCall::read_later() {
  parts_.desk.post_page(parts_.caller, [this] { read_page(); });
}

void ExportCall::read_page() {
  if (const auto failure = parts_.door.refusal_now(parts_.context, parts_.errand)) {
    return end(to_status(*failure));
  }
  query_.limit = std::min(kPage, left_.value_or(kPage));
  // Each page has its own time; the caller's end ends them all.
  Patience patience(stint_.time());
  const std::stop_callback cancelled(stop_.get_token(), [&patience] { patience.end(); });
  query_.should_stop = [stop = patience.token()] { return stop.stop_requested(); };
  auto found = parts_.store.page(query_);
  if (!found && !stop_.stop_requested() && stint_.lengthen_after(found.error())) {
    return read_later();
  }
  if (!found) {
    return end(to_status(from_reading(found.error())));
  }
  stint_.shorten();
  page_ = std::move(found->deliveries);
  told_ = 0;
  if (left_) {
    *left_ -= page_.size();
  }
  ended_ = !found->next || left_ == 0U;
  query_.from = found->next;
  go_on();
}

// A page may have nothing, and be not the last; one that has much is told in many messages.
void ExportCall::go_on() {
  if (const auto failure = parts_.door.refusal_now(parts_.context, parts_.errand)) {
    return end(to_status(*failure));
  }
  if (told_ == page_.size() && !ended_) {
    read_later();
  } else {
    write_some();
  }
}

void ExportCall::write_some() {
  if (told_ == page_.size()) {
    return write_last();
  }
  message_.Clear();
  for (size_t bytes = 0; told_ < page_.size() && bytes < kMessageBytes;) {
    v1::ObservedDelivery& delivery = *message_.add_deliveries();
    delivery = write_delivery(page_[told_++]);
    bytes += delivery.ByteSizeLong();
  }
  write();
}

// What was let go in the meantime may be missing in the stream: of each span the rest counts.
void ExportCall::write_last() {
  is_last_ = true;
  message_.Clear();
  for (const TimeSpan& span : covered_within(parts_.store.coverage(), covered_, kSpansMax)) {
    *message_.add_covered() = write_span(span);
  }
  write();
}

void ExportCall::write() {
  stall_.arm();
  StartWrite(&message_);
}

// While a write is under way.
void ExportCall::give_up() {
  page_ = {};
  end(to_status(client_stalled()));
}

// Others may have the place before the caller can know of the end, or does not take it.
void ExportCall::end(const grpc::Status& status) {
  open_.reset();
  Finish(status);
}

void ExportCall::OnWriteDone(bool ok) {
  if (!stall_.disarm()) {
    return;
  }
  if (!ok) {
    return end(grpc::Status::CANCELLED);
  }
  if (is_last_) {
    return end(grpc::Status::OK);
  }
  go_on();
}

}  // namespace etymon::service

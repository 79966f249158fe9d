// Any octets as a request of the API: each is understood within its bounds, or refused with a
// reason and one line. The first octet says which request it is.
#include <algorithm>
#include <memory>

#include "api/service/admin_orders.h"
#include "api/service/conversions.h"
#include "api/service/forgetting.h"
#include "api/service/listings.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/fuzz/oracle.h"

namespace etymon::fuzz {
namespace {

using service::Failure;
using service::Outcome;

constexpr WallTime kNow{Seconds(1'795'608'000)};
constexpr size_t kMessageMax = 1024;  // quotes of what was sent included

void check(const Failure& failure) {
  require(failure.code == google::rpc::INVALID_ARGUMENT, "a wrong request is the caller's fault");
  require(!failure.reason.empty(), "a refusal has a reason");
  require(!failure.message.empty() && failure.message.size() <= kMessageMax, "it is one line");
  require(
      std::ranges::none_of(failure.message, [](unsigned char c) { return c < 0x20 || c > 0x7E; }),
      "what was sent is quoted as printable ASCII");
  google::rpc::Status told;
  require(told.ParseFromString(service::to_status(failure).error_details()), "it has details");
  require(std::ranges::count_if(told.details(),
                                &google::protobuf::Any::Is<google::rpc::ErrorInfo>) == 1,
          "one of them is the ErrorInfo");
}

// What was understood; nothing: it was refused.
template <class T>
const T* understood(const Outcome<T>& outcome) {
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    check(*failure);
  }
  return std::get_if<T>(&outcome);
}

template <class Message>
std::optional<Message> parsed(std::string_view octets) {
  Message message;
  return message.ParseFromArray(octets.data(), static_cast<int>(octets.size()))
             ? std::optional(std::move(message))
             : std::nullopt;
}

void try_lookup(std::string_view octets) {
  const auto request = parsed<v1::LookupRequest>(octets);
  const auto outcome = service::read_question(request.value_or(v1::LookupRequest()), kNow);
  if (const auto* question = understood(outcome)) {
    require(question->tolerance >= Microseconds(0), "a moment ends after it begins");
    require(question->min_coverage >= Microseconds(0), "coverage is no debt");
  }
}

void try_filter(std::string_view octets) {
  const auto request = parsed<v1::ListDeliveriesRequest>(octets);
  if (!request) {
    return;
  }
  const auto order = service::read_order(request->order(), store::ListingOrder::kNewestFirst);
  const auto filter = service::read_filter(request->filter(), kNow);
  const auto* query = understood(filter);
  if (understood(order) == nullptr || query == nullptr) {
    return;
  }
  require(query->span.start <= query->span.end, "a span ends after it begins");
  const uint64_t seal = service::seal_of(request->filter(), std::get<store::ListingOrder>(order));
  if (const auto place = service::read_token(request->page_token(), seal)) {
    const auto again = service::read_token(service::write_token(*place, seal), seal);
    require(again == place, "a token leads to where it was made");
  }
}

store::RecordedDelivery recorded(const store::Observed& observed) {
  return {.sighting = {observed.at, observed.validity_s, Origin::kImport, observed.transport,
                       observed.forwarder},
          .client = observed.client,
          .answer = std::make_shared<const Answer>(observed.answer)};
}

// An export is what an import takes back.
void try_delivery(std::string_view octets) {
  const auto message = parsed<v1::ObservedDelivery>(octets);
  if (!message) {
    return;
  }
  const auto first = service::read_observed(*message, "deliveries[0]", kNow);
  if (const auto* observed = understood(first)) {
    const auto written = service::write_delivery(recorded(*observed));
    const auto again = service::read_observed(written, "deliveries[0]", kNow);
    const auto* same = std::get_if<store::Observed>(&again);
    require(same != nullptr, "what was exported can be imported");
    require(same->at == observed->at && same->client == observed->client &&
                same->answer == observed->answer && same->validity_s == observed->validity_s &&
                same->transport == observed->transport && same->forwarder == observed->forwarder,
            "an import takes back what was exported");
  }
}

void try_forgetting(std::string_view octets) {
  const auto request = parsed<v1::ForgetRequest>(octets);
  if (!request) {
    return;
  }
  const auto outcome = service::read_forget_order(*request, "fuzz");
  if (const auto* order = understood(outcome)) {
    require(order->query.name || order->query.client || request->has_start() || request->has_end(),
            "nobody forgets everything by sending nothing");
  }
}

void try_span(std::string_view octets) {
  const auto message = parsed<v1::TimeSpan>(octets);
  if (!message) {
    return;
  }
  const auto outcome = service::read_covered(*message, kNow);
  if (const auto* span = understood(outcome)) {
    require(span->start <= span->end && span->end <= kNow, "only the past is covered");
  }
}

void try_watch(std::string_view octets) {
  const auto request = parsed<v1::WatchRequest>(octets);
  if (!request) {
    return;
  }
  const auto outcome = service::read_watch_order(*request, kNow);
  if (const auto* order = understood(outcome)) {
    require(order->resumes != request->resume_token().empty(), "who has no token resumes nothing");
    require(order->resumes || order->place.at == kNow - service::kOnItsWayMax, "and begins now");
    const auto again =
        service::read_token(service::write_token(order->place, order->seal), order->seal);
    require(again == order->place, "a token leads to where it was made");
  }
}

void try_retention(std::string_view octets) {
  const auto request = parsed<v1::SetRetentionRequest>(octets);
  if (!request) {
    return;
  }
  const auto outcome = service::read_retention(*request);
  if (const auto* change = understood(outcome)) {
    require(change->of({}).check().ok(), "what is kept is in range");
    require(request->has_keep() == change->keep.has_value(), "what was not said stays");
    require(request->has_keep_bytes() == change->keep_bytes.has_value(), "what was not said stays");
  }
}

void try_flush(std::string_view octets) {
  const auto request = parsed<v1::FlushCacheRequest>(octets);
  if (!request) {
    return;
  }
  const auto outcome = service::read_flush_order(*request);
  if (const auto* order = understood(outcome)) {
    require(DomainName::from_text(order->name.text()).value() == order->name, "a name is a name");
    require((order->extent == service::FlushExtent::kSubtree) ==
                (request->subtree() || request->name().empty()),
            "nobody flushes what is below without saying so");
  }
}

void try_backup(std::string_view octets) {
  const auto request = parsed<v1::BackupRequest>(octets);
  if (!request) {
    return;
  }
  const auto outcome = service::read_folder(*request);
  if (const auto* folder = understood(outcome)) {
    require(folder->starts_with('/') && folder->find('\0') == std::string::npos,
            "a folder is the same for whoever opens it");
  }
}

}  // namespace
}  // namespace etymon::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etymon::fuzz;
  constexpr void (*kTries[])(std::string_view) = {try_lookup,     try_filter, try_delivery,
                                                  try_forgetting, try_span,   try_watch,
                                                  try_retention,  try_flush,  try_backup};
  if (size > 0) {
    kTries[data[0] % std::size(kTries)](etymon::as_text({data + 1, size - 1}));
  }
  return 0;
}

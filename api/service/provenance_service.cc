#include "api/service/provenance_service.h"

#include <optional>
#include <utility>

#include "api/service/answer_octets.h"
#include "api/service/answered.h"
#include "api/service/export_call.h"
#include "api/service/ingest_call.h"
#include "api/service/lookup_stream_call.h"
#include "api/service/quick_reading.h"
#include "api/service/read_call.h"
#include "api/service/refused.h"
#include "api/service/watch_call.h"

namespace etymon::service {
namespace {

// What the caller may hear of it.
void tell(const Caller& caller, attribution::LookupAnswer& answer, std::string& octets) {
  remove_others(caller, answer);
  append_answer(answer, kAnswerBytesMax, octets);
}

}  // namespace

ProvenanceService::ProvenanceService(const Parts& parts)
    : parts_(parts),
      lookups_(parts.store, parts.clock, parts.nat64),
      past_(parts.store, parts.clock) {
  serve("Lookup", &ProvenanceService::look_up, lookup_messages_);
  serve("LookupStream", &ProvenanceService::look_up_many);
  serve("ListDeliveries", &ProvenanceService::list_deliveries);
  serve("SummarizeRecurrence", &ProvenanceService::summarize_recurrence);
  serve("Export", &ProvenanceService::export_deliveries);
  serve("Watch", &ProvenanceService::watch);
  serve("Ingest", &ProvenanceService::ingest);
}

grpc::ServerUnaryReactor* ProvenanceService::look_up(grpc::CallbackServerContext* context,
                                                     const Incoming<v1::LookupRequest>* request,
                                                     Outgoing* response) {
  const auto caller = let_in(parts_.door, *context, *request, errand("Lookup", **request));
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return refused(*context, *failure);
  }
  QuickReading quick(*context, parts_.clock);
  auto found = lookups_.answer(**request, quick.bounds());
  if (const auto* failure = std::get_if<Failure>(&found)) {
    return is_beyond_bounds(*failure)
               ? look_up_at_desk(*context, std::get<Caller>(caller), **request, *response)
               : refused(*context, *failure);
  }
  tell(std::get<Caller>(caller), std::get<attribution::LookupAnswer>(found), response->octets);
  return answered(*context, parts_.untaken, std::get<Caller>(caller).name, *response);
}

// Request and response live as long as the call.
grpc::ServerUnaryReactor* ProvenanceService::look_up_at_desk(grpc::CallbackServerContext& context,
                                                             const Caller& caller,
                                                             const v1::LookupRequest& request,
                                                             Outgoing& response) {
  const auto work = [this, caller, &request](const std::stop_token& stop) -> Outcome<Outgoing> {
    auto found = lookups_.answer(request, {.others = others_for(caller), .should_stop = [&stop] {
                                             return stop.stop_requested();
                                           }});
    if (auto* failure = std::get_if<Failure>(&found)) {
      return std::move(*failure);
    }
    Outgoing answer;
    tell(caller, std::get<attribution::LookupAnswer>(found), answer.octets);
    return answer;
  };
  return new ReadCall<Outgoing>({parts_.desk, parts_.untaken, context, response}, caller.name,
                                work);
}

grpc::ServerBidiReactor<Incoming<v1::LookupStreamRequest>, Outgoing>*
ProvenanceService::look_up_many(grpc::CallbackServerContext* context) {
  const auto caller = parts_.door.admit(*context, {"LookupStream"});
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return new RefusedStream<Incoming<v1::LookupStreamRequest>, Outgoing>(*failure);
  }
  auto place = parts_.streams.lookups.take(std::get<Caller>(caller).name);
  if (const auto* failure = std::get_if<Failure>(&place)) {
    return new RefusedStream<Incoming<v1::LookupStreamRequest>, Outgoing>(*failure);
  }
  return new LookupStreamCall({lookups_, parts_.clock, parts_.desk, parts_.door, *context},
                              std::get<StreamPlaces::Place>(std::move(place)));
}

// Requests live as long as their calls.
grpc::ServerUnaryReactor* ProvenanceService::list_deliveries(
    grpc::CallbackServerContext* context, const Incoming<v1::ListDeliveriesRequest>* request,
    v1::ListDeliveriesResponse* response) {
  const auto caller =
      let_in(parts_.door, *context, *request, errand("ListDeliveries", (*request)->filter()));
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return refused(*context, *failure);
  }
  return new ReadCall<v1::ListDeliveriesResponse>(
      {parts_.desk, parts_.untaken, *context, *response}, std::get<Caller>(caller).name,
      [this, request, others = others_rows_for(std::get<Caller>(caller))](
          const std::stop_token& stop) { return past_.page(**request, others, stop); });
}

grpc::ServerUnaryReactor* ProvenanceService::summarize_recurrence(
    grpc::CallbackServerContext* context, const Incoming<v1::SummarizeRecurrenceRequest>* request,
    v1::SummarizeRecurrenceResponse* response) {
  const auto caller =
      let_in(parts_.door, *context, *request, errand("SummarizeRecurrence", (*request)->filter()));
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return refused(*context, *failure);
  }
  return new ReadCall<v1::SummarizeRecurrenceResponse>(
      {parts_.desk, parts_.untaken, *context, *response}, std::get<Caller>(caller).name,
      [this, request, others = others_rows_for(std::get<Caller>(caller))](
          const std::stop_token& stop) { return past_.recurrence(**request, others, stop); });
}

grpc::ServerWriteReactor<v1::ExportResponse>* ProvenanceService::export_deliveries(
    grpc::CallbackServerContext* context, const Incoming<v1::ExportRequest>* request) {
  const Errand wanted = errand("Export", (*request)->filter());
  const auto caller = let_in(parts_.door, *context, *request, wanted);
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return new RefusedWrites<v1::ExportResponse>(*failure);
  }
  auto place = parts_.streams.exports.take(std::get<Caller>(caller).name);
  if (const auto* failure = std::get_if<Failure>(&place)) {
    return new RefusedWrites<v1::ExportResponse>(*failure);
  }
  return new ExportCall({parts_.store, parts_.desk, *context, parts_.door, wanted,
                         others_rows_for(std::get<Caller>(caller)), std::get<Caller>(caller).name},
                        std::get<StreamPlaces::Place>(std::move(place)), **request,
                        parts_.clock.wall());
}

grpc::ServerWriteReactor<v1::WatchResponse>* ProvenanceService::watch(
    grpc::CallbackServerContext* context, const Incoming<v1::WatchRequest>* request) {
  const Errand wanted = errand("Watch", (*request)->filter());
  const auto caller = let_in(parts_.door, *context, *request, wanted);
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return new RefusedWrites<v1::WatchResponse>(*failure);
  }
  auto place = parts_.streams.watches.take(std::get<Caller>(caller).name);
  if (const auto* failure = std::get_if<Failure>(&place)) {
    return new RefusedWrites<v1::WatchResponse>(*failure);
  }
  return new WatchCall({parts_.store, parts_.desk, parts_.feed, *context, parts_.door, wanted,
                        others_rows_for(std::get<Caller>(caller)), std::get<Caller>(caller).name},
                       std::get<StreamPlaces::Place>(std::move(place)), **request,
                       parts_.clock.wall());
}

grpc::ServerReadReactor<grpc::ByteBuffer>* ProvenanceService::ingest(
    grpc::CallbackServerContext* context, v1::IngestResponse* response) {
  const auto caller = parts_.door.enter(*context, kIngest);
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return new RefusedReads<grpc::ByteBuffer>(*failure);
  }
  auto place = parts_.streams.ingests.take(std::get<Caller>(caller).name);
  if (const auto* failure = std::get_if<Failure>(&place)) {
    return new RefusedReads<grpc::ByteBuffer>(*failure);
  }
  return new IngestCall(
      {parts_.store, parts_.clock, parts_.worker, parts_.door, *context, parts_.desk.stall_time()},
      std::get<StreamPlaces::Place>(std::move(place)), *response);
}

}  // namespace etymon::service

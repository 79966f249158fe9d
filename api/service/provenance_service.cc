#include "api/service/provenance_service.h"

#include <utility>
#include <vector>

#include "api/service/conversions.h"
#include "api/service/export_call.h"
#include "api/service/read_call.h"
#include "api/service/refused.h"
#include "api/service/stall_guard.h"
#include "api/service/watch_call.h"

namespace etymon::service {
namespace {

// Questions are small; whoever has more of them sends more messages.
constexpr size_t kRequestBytesMax = 64 << 10;
// A response leaves when it has grown to this size: with one more answer of kAnswerBytesMax it
// stays below the 4 MiB that gRPC's clients take by default.
constexpr size_t kResponseBytes = 1 << 20;

Failure too_large() {
  return {google::rpc::RESOURCE_EXHAUSTED,
          "REQUEST_TOO_LARGE",
          {},
          "a request for lookups has at most 64 KiB; send several"};
}

// Reads a request, writes its results in one or more responses, reads the next. gRPC runs one of
// its methods at a time.
class LookupStreamCall final
    : public grpc::ServerBidiReactor<v1::LookupStreamRequest, v1::LookupStreamResponse> {
 public:
  struct Parts {
    const Lookups& lookups;
    const Door& door;
    grpc::CallbackServerContext& context;
    Milliseconds stall_time;
  };

  explicit LookupStreamCall(const Parts& parts)
      : parts_(parts), stall_(parts.context, parts.stall_time) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    auto caller = parts_.door.admit(parts_.context, {"LookupStream"});
    if (const auto* failure = std::get_if<Failure>(&caller)) {
      Finish(to_status(*failure));
    } else if (request_.ByteSizeLong() > kRequestBytesMax) {
      Finish(to_status(too_large()));
    } else {
      caller_ = std::move(std::get<Caller>(caller));
      answered_ = 0;
      go_on();
    }
  }

  void OnWriteDone(bool ok) override {
    stall_.disarm();
    if (ok) {
      go_on();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  void go_on() {
    if (answered_ < request_.questions_size()) {
      answer_some();
    } else {
      StartRead(&request_);
    }
  }

  void answer_some() {
    response_.Clear();
    size_t bytes = 0;
    while (answered_ < request_.questions_size() && bytes < kResponseBytes) {
      if (parts_.context.IsCancelled()) {  // By the caller, or because its deadline has passed.
        return Finish(grpc::Status::CANCELLED);
      }
      v1::LookupResult& result = *response_.add_results();
      answer(request_.questions(answered_++), result);
      bytes += result.ByteSizeLong();
    }
    stall_.arm();
    StartWrite(&response_);
  }

  // `result` is one of an earlier response, emptied, whose memory is used again.
  void answer(const v1::LookupRequest& question, v1::LookupResult& result) const {
    auto failure = parts_.door.refuse(caller_, parts_.context, errand("LookupStream", question));
    if (!failure) {
      failure = parts_.lookups.answer(question, *result.mutable_answer());
    }
    if (failure) {
      *result.mutable_error() = write_error(*failure);
    } else {
      remove_others(caller_, *result.mutable_answer());
    }
  }

  const Parts parts_;
  v1::LookupStreamRequest request_;
  Caller caller_;  // as it was when the request came
  v1::LookupStreamResponse response_;
  int answered_ = 0;  // questions of request_
  StallGuard stall_;
};

constexpr Errand kIngest{.method = "Ingest", .role = Role::kIngest, .about_hosts = false};

// Reads a message, has the worker take it, reads the next. One thread at a time: gRPC's until the
// task is posted, the worker's until it starts the next read.
class IngestCall final : public grpc::ServerReadReactor<v1::IngestRequest> {
 public:
  struct Parts {
    store::Store& store;
    const Clock& clock;
    Worker& worker;
    const Door& door;
    const grpc::CallbackServerContext& context;
  };

  IngestCall(const Parts& parts, v1::IngestResponse& response)
      : parts_(parts), response_(response) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
    } else {
      parts_.worker.post([this] { take(); });
    }
  }

  void OnDone() override { delete this; }

 private:
  void take() {
    if (std::optional<Failure> failure = take_message()) {
      Finish(to_status(*failure));
    } else {
      StartRead(&request_);
    }
  }

  std::optional<Failure> take_message() {
    if (auto failure = parts_.door.refusal_now(parts_.context, kIngest)) {
      return failure;
    }
    if (covered_) {
      return invalid("COVERED_INVALID", "covered", "it belongs into the stream's last message");
    }
    const WallTime now = parts_.clock.wall();
    std::vector<store::Observed> batch;
    for (int i = 0; i < request_.deliveries_size(); ++i) {
      const std::string field = "deliveries[" + std::to_string(i) + "]";
      auto observed = read_observed(request_.deliveries(i), field, now);
      if (auto* failure = std::get_if<Failure>(&observed)) {
        return std::move(*failure);
      }
      batch.push_back(std::move(std::get<store::Observed>(observed)));
    }
    if (request_.has_covered()) {
      auto covered = read_covered(request_.covered(), now);
      if (auto* failure = std::get_if<Failure>(&covered)) {
        return std::move(*failure);
      }
      covered_ = std::get<TimeSpan>(covered);
    }
    const Result<store::Ingested> taken = parts_.store.ingest(batch, covered_);
    if (!taken) {
      return from_store(taken.error());
    }
    response_.set_deliveries(response_.deliveries() + batch.size());
    response_.set_known(response_.known() + taken->known);
    response_.set_too_old(response_.too_old() + taken->too_old);
    return std::nullopt;
  }

  const Parts parts_;
  v1::IngestRequest request_;
  v1::IngestResponse& response_;
  std::optional<TimeSpan> covered_;  // of the last message
};

}  // namespace

grpc::ServerUnaryReactor* ProvenanceService::Lookup(grpc::CallbackServerContext* context,
                                                    const v1::LookupRequest* request,
                                                    v1::LookupResponse* response) {
  const auto caller = parts_.door.enter(*context, errand("Lookup", *request));
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return refused(*context, *failure);
  }
  if (request->ByteSizeLong() > kRequestBytesMax) {
    return refused(*context, too_large());
  }
  auto* reactor = context->DefaultReactor();
  if (const auto failure = lookups_.answer(*request, *response)) {
    reactor->Finish(to_status(*failure));
  } else {
    remove_others(std::get<Caller>(caller), *response);
    reactor->Finish(grpc::Status::OK);
  }
  return reactor;
}

grpc::ServerBidiReactor<v1::LookupStreamRequest, v1::LookupStreamResponse>*
ProvenanceService::LookupStream(grpc::CallbackServerContext* context) {
  const auto caller = parts_.door.admit(*context, {"LookupStream"});
  if (const auto* failure = std::get_if<Failure>(&caller)) {
    return new RefusedStream<v1::LookupStreamRequest, v1::LookupStreamResponse>(*failure);
  }
  return new LookupStreamCall({lookups_, parts_.door, *context, parts_.desk.stall_time()});
}

// Requests live as long as their calls.
grpc::ServerUnaryReactor* ProvenanceService::ListDeliveries(
    grpc::CallbackServerContext* context, const v1::ListDeliveriesRequest* request,
    v1::ListDeliveriesResponse* response) {
  if (const auto failure =
          parts_.door.refusal(*context, errand("ListDeliveries", request->filter()))) {
    return refused(*context, *failure);
  }
  return new ReadCall<v1::ListDeliveriesResponse>(
      parts_.desk, *response,
      [this, request](const std::stop_token& stop) { return past_.page(*request, stop); });
}

grpc::ServerUnaryReactor* ProvenanceService::SummarizeRecurrence(
    grpc::CallbackServerContext* context, const v1::SummarizeRecurrenceRequest* request,
    v1::SummarizeRecurrenceResponse* response) {
  if (const auto failure =
          parts_.door.refusal(*context, errand("SummarizeRecurrence", request->filter()))) {
    return refused(*context, *failure);
  }
  return new ReadCall<v1::SummarizeRecurrenceResponse>(
      parts_.desk, *response,
      [this, request](const std::stop_token& stop) { return past_.recurrence(*request, stop); });
}

grpc::ServerWriteReactor<v1::ExportResponse>* ProvenanceService::Export(
    grpc::CallbackServerContext* context, const v1::ExportRequest* request) {
  const Errand wanted = errand("Export", request->filter());
  if (const auto failure = parts_.door.refusal(*context, wanted)) {
    return new RefusedWrites<v1::ExportResponse>(*failure);
  }
  return new ExportCall({parts_.store, parts_.desk, *context, parts_.door, wanted}, *request,
                        parts_.clock.wall());
}

grpc::ServerWriteReactor<v1::WatchResponse>* ProvenanceService::Watch(
    grpc::CallbackServerContext* context, const v1::WatchRequest* request) {
  const Errand wanted = errand("Watch", request->filter());
  if (const auto failure = parts_.door.refusal(*context, wanted)) {
    return new RefusedWrites<v1::WatchResponse>(*failure);
  }
  return new WatchCall({parts_.store, parts_.desk, parts_.feed, *context, parts_.door, wanted},
                       *request, parts_.clock.wall());
}

grpc::ServerReadReactor<v1::IngestRequest>* ProvenanceService::Ingest(
    grpc::CallbackServerContext* context, v1::IngestResponse* response) {
  if (const auto failure = parts_.door.refusal(*context, kIngest)) {
    return new RefusedReads<v1::IngestRequest>(*failure);
  }
  return new IngestCall({parts_.store, parts_.clock, parts_.worker, parts_.door, *context},
                        *response);
}

}  // namespace etymon::service

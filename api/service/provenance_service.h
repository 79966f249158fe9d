// ProvenanceService of the API. Thread-safe: gRPC calls it from any of its threads.
//
// Lookups are answered on gRPC's threads, from memory or with a few reads (QuickReading). Listings
// read more, on the reading desk's, and so do wide lookups. Taking deliveries waits for the disk
// and goes to the Worker.
#pragma once

#include "api/service/door.h"
#include "api/service/feed.h"
#include "api/service/incoming.h"
#include "api/service/judged_methods.h"
#include "api/service/lookups.h"
#include "api/service/outgoing.h"
#include "api/service/past.h"
#include "api/service/reading_desk.h"
#include "api/service/stream_places.h"
#include "api/service/untaken_answers.h"
#include "api/service/worker.h"
#include "etymon/v1/provenance.grpc.pb.h"

namespace etymon::service {

class ProvenanceService final : public JudgedMethods<v1::ProvenanceService, ProvenanceService> {
 public:
  // All outlive it.
  struct Parts {
    store::Store& store;
    const Clock& clock;
    Feed& feed;
    Worker& worker;
    ReadingDesk& desk;
    UntakenAnswers& untaken;
    Streams& streams;
    const Door& door;
    Nat64Prefix nat64;  // see Lookups
  };

  explicit ProvenanceService(const Parts& parts);

 private:
  grpc::ServerUnaryReactor* look_up(grpc::CallbackServerContext* context,
                                    const Incoming<v1::LookupRequest>* request, Outgoing* response);

  grpc::ServerBidiReactor<Incoming<v1::LookupStreamRequest>, Outgoing>* look_up_many(
      grpc::CallbackServerContext* context);

  grpc::ServerUnaryReactor* list_deliveries(grpc::CallbackServerContext* context,
                                            const Incoming<v1::ListDeliveriesRequest>* request,
                                            v1::ListDeliveriesResponse* response);

  grpc::ServerUnaryReactor* summarize_recurrence(
      grpc::CallbackServerContext* context, const Incoming<v1::SummarizeRecurrenceRequest>* request,
      v1::SummarizeRecurrenceResponse* response);

  grpc::ServerWriteReactor<v1::ExportResponse>* export_deliveries(
      grpc::CallbackServerContext* context, const Incoming<v1::ExportRequest>* request);

  grpc::ServerWriteReactor<v1::WatchResponse>* watch(grpc::CallbackServerContext* context,
                                                     const Incoming<v1::WatchRequest>* request);

  grpc::ServerReadReactor<grpc::ByteBuffer>* ingest(grpc::CallbackServerContext* context,
                                                    v1::IngestResponse* response);

  grpc::ServerUnaryReactor* look_up_at_desk(grpc::CallbackServerContext& context,
                                            const Caller& caller, const v1::LookupRequest& request,
                                            Outgoing& response);

  const Parts parts_;
  const Lookups lookups_;
  const Past past_;
  MessagePool<Incoming<v1::LookupRequest>> lookup_messages_;
};

}  // namespace etymon::service

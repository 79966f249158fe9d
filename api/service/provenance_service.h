// ProvenanceService of the API. Thread-safe: gRPC calls it from any of its threads.
//
// Lookups are answered on gRPC's threads, from memory or with a few reads (QuickReading). Listings
// read more, on the reading desk's, and so do wide lookups. Taking deliveries waits for the disk
// and goes to the Worker.
#pragma once

#include "api/service/door.h"
#include "api/service/feed.h"
#include "api/service/lookups.h"
#include "api/service/past.h"
#include "api/service/reading_desk.h"
#include "api/service/worker.h"
#include "etymon/v1/provenance.grpc.pb.h"

namespace etymon::service {

class ProvenanceService final : public v1::ProvenanceService::CallbackService {
 public:
  // All outlive it.
  struct Parts {
    store::Store& store;
    const Clock& clock;
    Feed& feed;
    Worker& worker;
    ReadingDesk& desk;
    const Door& door;
  };

  explicit ProvenanceService(const Parts& parts)
      : parts_(parts), lookups_(parts.store, parts.clock), past_(parts.store, parts.clock) {}

  grpc::ServerUnaryReactor* Lookup(grpc::CallbackServerContext* context,
                                   const v1::LookupRequest* request,
                                   v1::LookupResponse* response) override;

  grpc::ServerBidiReactor<v1::LookupStreamRequest, v1::LookupStreamResponse>* LookupStream(
      grpc::CallbackServerContext* context) override;

  grpc::ServerUnaryReactor* ListDeliveries(grpc::CallbackServerContext* context,
                                           const v1::ListDeliveriesRequest* request,
                                           v1::ListDeliveriesResponse* response) override;

  grpc::ServerUnaryReactor* SummarizeRecurrence(grpc::CallbackServerContext* context,
                                                const v1::SummarizeRecurrenceRequest* request,
                                                v1::SummarizeRecurrenceResponse* response) override;

  grpc::ServerWriteReactor<v1::ExportResponse>* Export(grpc::CallbackServerContext* context,
                                                       const v1::ExportRequest* request) override;

  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                     const v1::WatchRequest* request) override;

  grpc::ServerReadReactor<v1::IngestRequest>* Ingest(grpc::CallbackServerContext* context,
                                                     v1::IngestResponse* response) override;

 private:
  grpc::ServerUnaryReactor* look_up_at_desk(const Caller& caller, const v1::LookupRequest& request,
                                            v1::LookupResponse& response);

  const Parts parts_;
  const Lookups lookups_;
  const Past past_;
};

}  // namespace etymon::service

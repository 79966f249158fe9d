// ProvenanceService of the API. Thread-safe: gRPC calls it from any of its threads.
//
// Lookups are answered on gRPC's threads, from memory or with a few reads. Taking deliveries waits
// for the disk and so goes to the Worker; a stream's next message is read when the one before it
// has been taken, which holds back a sender that is faster than the disk.
#pragma once

#include "api/service/lookups.h"
#include "api/service/worker.h"
#include "etymon/v1/provenance.grpc.pb.h"

namespace etymon::service {

class ProvenanceService final : public v1::ProvenanceService::CallbackService {
 public:
  // All outlive it.
  ProvenanceService(store::Store& store, const Clock& clock, Worker& worker)
      : store_(store), clock_(clock), worker_(worker), lookups_(store, clock) {}

  grpc::ServerUnaryReactor* Lookup(grpc::CallbackServerContext* context,
                                   const v1::LookupRequest* request,
                                   v1::LookupResponse* response) override;

  grpc::ServerBidiReactor<v1::LookupStreamRequest, v1::LookupStreamResponse>* LookupStream(
      grpc::CallbackServerContext* context) override;

  grpc::ServerReadReactor<v1::IngestRequest>* Ingest(grpc::CallbackServerContext* context,
                                                     v1::IngestResponse* response) override;

 private:
  store::Store& store_;
  const Clock& clock_;
  Worker& worker_;
  Lookups lookups_;
};

}  // namespace etymon::service

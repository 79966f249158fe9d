// AdminService of the API: how the daemon is doing, what keeps the store whole, and what may be
// changed while it runs. Thread-safe.
#pragma once

#include "api/service/audit.h"
#include "api/service/connections.h"
#include "api/service/door.h"
#include "api/service/incoming.h"
#include "api/service/judged_methods.h"
#include "api/service/reading_desk.h"
#include "api/service/resolver_control.h"
#include "api/service/status_source.h"
#include "api/service/stream_places.h"
#include "api/service/untaken_answers.h"
#include "api/service/upkeep_desk.h"
#include "etymon/v1/admin.grpc.pb.h"
#include "store/store.h"

namespace etymon::service {

class AdminService final : public JudgedMethods<v1::AdminService, AdminService> {
 public:
  // All of it outlives the service.
  struct Parts {
    store::Store& store;
    const StatusSource& resolver;
    ResolverControl& control;
    const Door& door;
    const Audit& audit;
    const Connections& connections;
    const ReadingDesk& readers;
    const Streams& streams;
    UntakenAnswers& untaken;
    Milliseconds stall_time;  // of clients of long calls
  };

  explicit AdminService(const Parts& parts);

 private:
  v1::ApiStatus api_status() const;

  grpc::ServerUnaryReactor* get_status(grpc::CallbackServerContext* context,
                                       const Incoming<v1::GetStatusRequest>* request,
                                       v1::GetStatusResponse* response);
  grpc::ServerUnaryReactor* set_retention(grpc::CallbackServerContext* context,
                                          const Incoming<v1::SetRetentionRequest>* request,
                                          v1::SetRetentionResponse* response);

  grpc::ServerUnaryReactor* flush_cache(grpc::CallbackServerContext* context,
                                        const Incoming<v1::FlushCacheRequest>* request,
                                        v1::FlushCacheResponse* response);
  grpc::ServerUnaryReactor* set_log_level(grpc::CallbackServerContext* context,
                                          const Incoming<v1::SetLogLevelRequest>* request,
                                          v1::SetLogLevelResponse* response);

  grpc::ServerWriteReactor<v1::VerifyResponse>* verify(grpc::CallbackServerContext* context,
                                                       const Incoming<v1::VerifyRequest>* request);

  grpc::ServerWriteReactor<v1::BackupResponse>* back_up(grpc::CallbackServerContext* context,
                                                        const Incoming<v1::BackupRequest>* request);

  grpc::ServerWriteReactor<v1::ForgetResponse>* forget(grpc::CallbackServerContext* context,
                                                       const Incoming<v1::ForgetRequest>* request);

  template <class Response, class Work>
  grpc::ServerWriteReactor<Response>* upkeep(grpc::CallbackServerContext& context,
                                             const char* method, Work work);

  const Parts parts_;
  UpkeepDesk desk_;
};

}  // namespace etymon::service

// AdminService of the API: how the daemon is doing, what keeps the store whole, and what may be
// changed while it runs. Thread-safe.
#pragma once

#include "api/service/door.h"
#include "api/service/resolver_control.h"
#include "api/service/status_source.h"
#include "api/service/upkeep_desk.h"
#include "etymon/v1/admin.grpc.pb.h"
#include "store/store.h"

namespace etymon::service {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  // All of it outlives the service.
  struct Parts {
    store::Store& store;
    const StatusSource& resolver;
    ResolverControl& control;
    const Door& door;
    Milliseconds stall_time;  // of clients of long calls
  };

  explicit AdminService(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* SetRetention(grpc::CallbackServerContext* context,
                                         const v1::SetRetentionRequest* request,
                                         v1::SetRetentionResponse* response) override;

  grpc::ServerUnaryReactor* FlushCache(grpc::CallbackServerContext* context,
                                       const v1::FlushCacheRequest* request,
                                       v1::FlushCacheResponse* response) override;
  grpc::ServerUnaryReactor* SetLogLevel(grpc::CallbackServerContext* context,
                                        const v1::SetLogLevelRequest* request,
                                        v1::SetLogLevelResponse* response) override;

  grpc::ServerWriteReactor<v1::VerifyResponse>* Verify(grpc::CallbackServerContext* context,
                                                       const v1::VerifyRequest* request) override;

  grpc::ServerWriteReactor<v1::BackupResponse>* Backup(grpc::CallbackServerContext* context,
                                                       const v1::BackupRequest* request) override;

  grpc::ServerWriteReactor<v1::ForgetResponse>* Forget(grpc::CallbackServerContext* context,
                                                       const v1::ForgetRequest* request) override;

 private:
  template <class Response, class Work>
  grpc::ServerWriteReactor<Response>* upkeep(grpc::CallbackServerContext& context,
                                             const char* method, Work work);

  const Parts parts_;
  UpkeepDesk desk_;
};

}  // namespace etymon::service

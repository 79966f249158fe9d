// AdminService of the API: how the daemon is doing, and what keeps the store whole. Thread-safe.
#pragma once

#include "api/service/status_source.h"
#include "api/service/upkeep_desk.h"
#include "etymon/v1/admin.grpc.pb.h"
#include "store/store.h"

namespace etymon::service {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  // Both outlive it.
  AdminService(store::Store& store, const StatusSource& resolver)
      : store_(store), resolver_(resolver) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* SetRetention(grpc::CallbackServerContext* context,
                                         const v1::SetRetentionRequest* request,
                                         v1::SetRetentionResponse* response) override;

  grpc::ServerWriteReactor<v1::VerifyResponse>* Verify(grpc::CallbackServerContext* context,
                                                       const v1::VerifyRequest* request) override;

  grpc::ServerWriteReactor<v1::BackupResponse>* Backup(grpc::CallbackServerContext* context,
                                                       const v1::BackupRequest* request) override;

 private:
  store::Store& store_;
  const StatusSource& resolver_;
  UpkeepDesk desk_;
};

}  // namespace etymon::service

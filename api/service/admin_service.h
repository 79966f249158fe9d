// AdminService of the API: how the daemon is doing. Thread-safe.
#pragma once

#include "api/service/door.h"
#include "api/service/status_source.h"
#include "etymon/v1/admin.grpc.pb.h"
#include "store/store.h"

namespace etymon::service {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  // All outlive it.
  AdminService(const store::Store& store, const StatusSource& resolver, const Door& door)
      : store_(store), resolver_(resolver), door_(door) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;

 private:
  const store::Store& store_;
  const StatusSource& resolver_;
  const Door& door_;
};

}  // namespace etymon::service

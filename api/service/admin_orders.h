// What callers want changed or copied, between the API's messages and the daemon's values. Pure
// functions, any thread.
#pragma once

#include <string>

#include "api/service/failure.h"
#include "api/service/resolver_control.h"
#include "etymon/v1/admin.pb.h"
#include "etymon/v1/upkeep.pb.h"
#include "store/model/retention_limits.h"

namespace etymon::service {

// Failure RETENTION_INVALID.
Outcome<store::RetentionChange> read_retention(const v1::SetRetentionRequest& request);

struct FlushOrder {
  DomainName name;  // the root: all answers
  FlushExtent extent = FlushExtent::kName;
};

// Failure NAME_INVALID.
Outcome<FlushOrder> read_flush_order(const v1::FlushCacheRequest& request);

// An absolute path. Failure FOLDER_INVALID.
Outcome<std::string> read_folder(const v1::BackupRequest& request);

}  // namespace etymon::service

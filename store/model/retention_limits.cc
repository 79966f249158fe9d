#include "store/model/retention_limits.h"

namespace etymon::store {

Status RetentionLimits::check() const {
  if (keep < kKeepMin || keep > kKeepMax) {
    return Error{ErrorCode::kInvalidArgument,
                 "store.keep is out of its range: 1 hour to 100 years of 365 days"};
  }
  if (keep_bytes < kBytesMin || keep_bytes > kBytesMax) {
    return Error{ErrorCode::kInvalidArgument,
                 "store.keep_bytes is out of its range: 1MiB to 16TiB"};
  }
  return {};
}

}  // namespace etymon::store

// ResolverControl: what the API may change in the daemon beyond the store. Values.
#pragma once

#include <cstdint>
#include <optional>

#include "api/log_level.h"
#include "resolver/model/domain_name.h"

namespace etymon::service {

enum class FlushExtent { kName, kSubtree };

// Implemented by the daemon. Any thread may call it, at any time.
class ResolverControl {
 public:
  virtual ~ResolverControl() = default;

  // Forgets cached answers for the name, or for it and all names below it: for the root, all of
  // them. How many; nothing when some loop has not got to it within a second, which it will.
  virtual std::optional<uint64_t> flush_cache(const DomainName& name, FlushExtent extent) = 0;

  // From now on. Gives what it was before.
  virtual api::LogLevel set_log_level(api::LogLevel level) = 0;
};

}  // namespace etymon::service

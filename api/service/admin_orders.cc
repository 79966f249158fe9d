#include "api/service/admin_orders.h"

#include <chrono>

#include "api/service/fields.h"

namespace etymon::service {
namespace {

// Of a folder's name; Linux takes no longer ones.
constexpr size_t kPathMax = 4096;

// Parts of a second are of no use here: they round up. What is no duration is out of range.
Seconds read_keep(const google::protobuf::Duration& keep) {
  const auto read = read_duration(keep, store::RetentionLimits::kKeepMax);
  return std::chrono::ceil<Seconds>(read.value_or(Microseconds(0)));
}

bool is_absolute(const std::string& path) {
  return !path.empty() && path.front() == '/' && path.size() <= kPathMax &&
         path.find('\0') == std::string::npos;
}

}  // namespace

Outcome<store::RetentionChange> read_retention(const v1::SetRetentionRequest& request) {
  store::RetentionChange change;
  if (request.has_keep()) {
    change.keep = read_keep(request.keep());
  }
  // What is not given is in range, as what is in force is.
  if (const Status valid = change.of({}).check(); !valid) {
    return invalid("RETENTION_INVALID", "keep", valid.error().message);
  }
  if (request.has_keep_bytes()) {
    change.keep_bytes = request.keep_bytes();
  }
  if (const Status valid = change.of({}).check(); !valid) {
    return invalid("RETENTION_INVALID", "keep_bytes", valid.error().message);
  }
  return change;
}

Outcome<FlushOrder> read_flush_order(const v1::FlushCacheRequest& request) {
  const auto name = read_bounded_name(request.name().empty() ? "." : request.name());
  if (!name) {
    return invalid("NAME_INVALID", "name",
                   "name " + in_quotes(request.name()) + ": " + name.error().message);
  }
  const bool has_more = request.subtree() || request.name().empty();
  return FlushOrder{*name, has_more ? FlushExtent::kSubtree : FlushExtent::kName};
}

Outcome<std::string> read_folder(const v1::BackupRequest& request) {
  if (!is_absolute(request.folder())) {
    return invalid("FOLDER_INVALID", "folder",
                   "folder must be an absolute path of at most 4096 octets");
  }
  return request.folder();
}

}  // namespace etymon::service

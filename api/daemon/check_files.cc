#include "api/daemon/check_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "api/daemon/local_knowledge.h"
#include "api/daemon/resolv_conf.h"
#include "api/daemon/system_upstreams.h"
#include "resolver/base/clock.h"
#include "resolver/hosts/lease_file.h"

namespace etymon::daemon {
namespace {

Error invalid(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

bool may(const std::string& path, int what) {
  return faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0;
}

// The file is made when it is missing, its folder is not.
Status check_audit(const std::string& path) {
  const std::string above = std::filesystem::path(path).parent_path().string();
  const std::string folder = above.empty() ? "." : above;
  const bool is_there = may(path, F_OK);
  if (path.empty() || (is_there ? may(path, R_OK | W_OK) : may(folder, W_OK | X_OK))) {
    return {};
  }
  return invalid("api.audit: cannot write " + (is_there ? path : "in the folder " + folder) + ": " +
                 std::strerror(errno));
}

Status check_callers(const Config& config) {
  const std::string& path = config.api_access.callers_file;
  const auto callers =
      path.empty() ? Result(service::Callers()) : service::read_callers(path, config.api_tls);
  return callers ? Status() : invalid("api.callers: " + callers.error().message);
}

// As the watcher of hosts would. Whether the file can be read is said before.
void look_at_leases(const std::string& path, const std::function<void(const std::string&)>& warn) {
  const std::string text = hosts::whole_lease_text(path, [&](const std::string& part) {
    Result<std::string> read = hosts::read_lease_file(part, warn);
    return read ? *std::move(read) : std::string();
  });
  if (const auto trouble = hosts::trouble_with(path, hosts::read_leases(text)); !trouble.empty()) {
    warn(trouble);
  }
}

// Where nobody is asked: why, as the daemon says it when it starts.
void look_at_resolvers(const SystemFiles& files,
                       const std::function<void(const std::string&)>& warn) {
  const Result<std::string> text = files.read(kResolvConf);
  const auto left_out = nameservers_left_out(text.ok() ? *text : std::string());
  std::ranges::for_each(left_out, warn);
  warn(std::string(left_out.empty() ? kNamesNobody : kNamesNobodyToAsk) + kNobodyIsAsked);
}

}  // namespace

Status check_files(const Config& config) {
  if (Status checked = service::check_tls(config.api_tls); !checked) {
    return invalid(checked.error().message);
  }
  if (Status checked = check_callers(config); !checked) {
    return checked;
  }
  return check_audit(config.api_audit);
}

void look_at_lists(const Config& config, const std::function<void(const std::string&)>& warn) {
  const SystemFiles files;
  const auto nobody = [](const std::string&) {};
  LocalKnowledge(config, files, 0, {warn, nobody, nobody}).renew(SystemClock().wall());
  if (config.upstream.servers.empty()) {
    look_at_resolvers(files, warn);
  }
  for (const std::string& path : config.hosts.lease_files) {
    look_at_leases(path, warn);
  }
}

}  // namespace etymon::daemon

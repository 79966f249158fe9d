// SystemUpstreams: the resolvers that the system's resolv.conf names, which change with the network
// that a machine is in. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/daemon/local_knowledge.h"
#include "resolver/model/ip_address.h"

namespace etymon::daemon {

inline constexpr const char* kNamesNobody = "/etc/resolv.conf names no resolver but this one";
inline constexpr const char* kNamesNobodyToAsk =
    "/etc/resolv.conf names no resolver that can be asked";
// What that means where nobody is asked yet.
inline constexpr const char* kNobodyIsAsked =
    "; names without upstreams of their own get SERVFAIL until it names one";

class SystemUpstreams {
 public:
  using IsOwn = std::function<bool(const Endpoint&)>;
  using Warn = std::function<void(const std::string&)>;

  // `files` outlives it. `known`: those that are asked now, perhaps none. `is_own`: a question to
  // it would come back to us. `warn` is told, in a line, when the file is of no use, or a resolver
  // in it.
  SystemUpstreams(const FileSource& files, std::vector<Endpoint> known, IsOwn is_own, Warn warn)
      : files_(files),
        known_(std::move(known)),
        is_own_(std::move(is_own)),
        warn_(std::move(warn)) {}

  // Those to be asked from now on; nothing where they are the same. A file that cannot be read, or
  // names nobody else, changes nothing: between two networks there is none for a while.
  std::optional<std::vector<Endpoint>> renew();

  // The next renew() reads the file, whether it has changed or not.
  void read_again() { stamp_.reset(); }

 private:
  const FileSource& files_;
  std::vector<Endpoint> known_;
  const IsOwn is_own_;
  const Warn warn_;
  std::optional<std::string> stamp_;  // nothing: not looked at yet
};

}  // namespace etymon::daemon

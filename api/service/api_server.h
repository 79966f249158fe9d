// ApiServer: the gRPC server of the daemon, with health checks and, where wanted, reflection.
//
// start() and stop() belong to one thread; everything else runs on gRPC's own threads, one Worker
// and one Acceptor. Who may do what: access.h. Other machines are let in with TLS only, and only
// when callers are listed. Bounded by limits.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/server_address.h"
#include "api/service/callers.h"
#include "api/service/feed.h"
#include "api/service/limits.h"
#include "api/service/notice.h"
#include "api/service/resolver_control.h"
#include "api/service/status_source.h"
#include "api/service/tls.h"
#include "resolver/base/clock.h"
#include "resolver/base/result.h"
#include "resolver/model/nat64_prefix.h"
#include "store/store.h"

namespace etymon::service {

class ApiServer {
 public:
  // What the API tells of. All outlive the server.
  struct Sources {
    store::Store& store;
    const Clock& clock;
    const StatusSource& resolver;
    ResolverControl& control;
    Feed& feed;  // told by the store of what it records
  };

  struct Options {
    std::vector<api::ServerAddress> listen;  // at least one; port 0: any free one
    Tls tls = {};                            // for addresses that other machines can reach
    AccessOptions access = {};
    std::string audit_file = {};  // empty: no record
    bool reflection = false;
    OnNotice on_notice = {};
    Limits limits = {};
    Nat64Prefix nat64 = {};  // an address of it is looked up as the IPv4 one in it, too
  };

  explicit ApiServer(const Sources& sources);
  ~ApiServer();  // stops
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  // Listens on all of the addresses, or on none and says why. Errors: kInvalidArgument (beyond this
  // machine without TLS or without callers; a wrong line in their file), kFailedPrecondition (in
  // use), kPermissionDenied, kIo.
  Status start(const Options& options);

  // Where it listens, with the ports that were found. Empty before start().
  const std::vector<api::ServerAddress>& listening() const { return listening_; }

  // Ends running calls within two seconds and removes the socket files. Idempotent.
  void stop();

 private:
  class Running;
  Sources sources_;
  std::vector<api::ServerAddress> listening_;
  std::unique_ptr<Running> running_;
};

}  // namespace etymon::service

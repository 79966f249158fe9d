// Access: who calls the API, and in which role.
//
// A caller is known by a bearer token, by the certificate of mutual TLS, or by the way it came: the
// file mode of a unix socket lets in who may do everything, a loopback address all users of this
// machine. Tokens and certificates are listed in a file, which is read again when it has changed; a
// file that is wrong leaves the callers as they were. Thread-safe.
#pragma once

#include <grpcpp/server_context.h>

#include <memory>
#include <string>

#include "api/service/callers.h"
#include "api/service/failure.h"
#include "api/service/notice.h"
#include "resolver/base/clock.h"
#include "resolver/base/guarded.h"
#include "resolver/base/result.h"

namespace etymon::service {

class Access {
 public:
  // `tls`: of the server.
  Access(AccessOptions options, Tls tls, const Clock& clock, OnNotice on_notice = {});

  // Reads the file for the first time. Errors as read_callers().
  Status load();

  // Who calls. Failure UNAUTHENTICATED: nobody who is known.
  Outcome<Caller> identify(const grpc::CallbackServerContext& context) const;

 private:
  struct State {
    std::shared_ptr<const Callers> callers = std::make_shared<Callers>();
    std::string stamp;      // of the file as it was read: its inode, size and time of change
    std::string complaint;  // of the file: its stamp, and what is wrong; empty: nothing is
    MonotonicTime look_at{};
  };

  std::shared_ptr<const Callers> callers() const;
  void read_again(const std::string& stamp) const;

  const AccessOptions options_;
  const Tls tls_;
  const Clock& clock_;
  const OnNotice on_notice_;
  Guarded<State> state_;
};

}  // namespace etymon::service

// TLS as gRPC wants it. One thread, at the start; a thread of gRPC's reads the files again.
//
// Changed files hold for connections made from the next second on; those that are there go on.
// While certificate and key are not each other's, as between the replacing of one and of the other,
// nobody can connect: whoever cannot bear that second replaces their folder, or a link to it.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "api/service/tls.h"
#include "resolver/base/result.h"

namespace etymon::service {

// Errors as check_tls(), of the files as they are at the start alone.
Result<std::shared_ptr<grpc::ServerCredentials>> tls_credentials(const Tls& tls);

}  // namespace etymon::service
